// The measure server's own figures in Prometheus's text format, on a port of their own: what is
// counted there tells nobody outside who is measured, but is nobody's business there either.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger } from '#shared/runtime/log.ts';
import { httpOrigin } from '../config/addresses.ts';
import { listen, type Place } from './listen.ts';
import type { MeetpuntStats } from './meetpunt.ts';
import type { EndedTest } from './test-register.ts';

export interface MetricsOptions extends Place {
  readonly stats: () => MeetpuntStats;
  readonly log: Logger;
}

export interface Metrics extends AsyncDisposable {
  readonly url: string;
  /** To be called at the end of each test. */
  ended(test: EndedTest): void;
}

export const METRICS_PATH = '/metrics';
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];
const SECONDS = [1, 2.5, 5, 7.5, 10, 15, 20, 30, 45, 60];
const MS_PER_S = 1_000;
/** A scrape is one small request. */
const PATIENCE_MS = 5_000;

/** Listens when it resolves. Throws `address_in_use` or `bad_settings`. */
export async function openMetrics(options: MetricsOptions): Promise<Metrics> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'meetpunt_test_duration_seconds',
    help: 'Time from the making of a test to its end',
    buckets: SECONDS,
    registers: [registry],
  });
  describe(registry, options.stats);
  // Of the default ones, gauges that are called as only counters may be.
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(registry, request, response).catch((error: unknown) => {
      options.log.error('metrics could not be told', { error });
      response.destroy();
    });
  });
  const port = await listen(server, options, 'MEETNET_MEETPUNT_METRICS_PORT');
  const url = `${httpOrigin(options.host, port)}${METRICS_PATH}`;
  options.log.info('metrics', { url });
  return {
    url,
    ended: ({ durationMs }) => durations.observe(durationMs / MS_PER_S),
    [Symbol.asyncDispose]: async () => {
      registry.clear();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(registry: Registry, request: IncomingMessage, response: ServerResponse) {
  if (request.url !== METRICS_PATH || request.method !== 'GET') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end(`only GET ${METRICS_PATH}\n`);
    return;
  }
  const text = await registry.metrics();
  response.writeHead(200, { 'content-type': registry.contentType }).end(text);
}

/** Figures that the server keeps anyway, read at each scrape. */
function describe(registry: Registry, stats: () => MeetpuntStats): void {
  const gauge = (name: string, help: string, read: () => number | undefined) =>
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        const value = read();
        if (value !== undefined) this.set(value);
      },
    });
  const counter = (
    name: string,
    help: string,
    label: string,
    read: () => Readonly<Record<string, number>>,
  ) =>
    new Counter({
      ...{ name, help, labelNames: [label], registers: [registry] },
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  gauge('meetpunt_tests_running', 'Tests at this moment', () => stats().running);
  gauge('meetpunt_connections', 'Open connections', () => stats().connections);
  gauge(
    'meetpunt_event_loop_utilization',
    'Share of the last second in which the event loop was busy',
    () => stats().eventLoopUtilization,
  );
  gauge(
    'meetpunt_cpu_throttled_seconds',
    'Time for which the control group held this process back since its start',
    () => {
      const { throttledMs } = stats();
      return throttledMs === undefined ? undefined : throttledMs / MS_PER_S;
    },
  );
  counter(
    'meetpunt_tests_total',
    'Tests admitted, by how they ended',
    'ended',
    () => stats().endedBy,
  );
  counter(
    'meetpunt_refused_total',
    'Tests and connections refused',
    'reason',
    () => stats().refusedBy,
  );
  counter(
    'meetpunt_limited_total',
    'Tests held back by this server',
    'by',
    () => stats().limitedBy,
  );
  counter('meetpunt_bytes_total', 'Payload of tests', 'direction', () => ({
    sent: stats().sentBytes,
    received: stats().receivedBytes,
  }));
  counter(
    'meetpunt_guests_total',
    'Requests of other protocols, by what became of them',
    'fate',
    () => ({
      served: stats().guests?.visits ?? 0,
      refused: stats().guests?.refused ?? 0,
    }),
  );
  counter('meetpunt_guest_bytes_total', 'Payload of guests', 'direction', () => ({
    sent: stats().guests?.sentBytes ?? 0,
    received: stats().guests?.receivedBytes ?? 0,
  }));
}
