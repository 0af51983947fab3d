// Whether the collector is reached from here, as the agent would reach it, and what stands between.
import type { Ms } from '#shared/model/units.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import { answerTrouble } from '../network/name-trouble.ts';
import type { Outbound } from '../network/outbound.ts';
import { type Environment, proxyFor } from '../network/proxy.ts';
import { NetworkError, type Trouble } from '../network/trouble.ts';
import { connectWebSocket } from '../uplink/websocket.ts';

export interface CollectorFacts {
  readonly url: string;
  /** `host:port` of the proxy that the environment names. */
  readonly proxy?: string;
  readonly trouble?: Trouble & { readonly message: string };
  /** This host's clock minus the collector's. */
  readonly clockOffsetMs?: Ms;
  /** Why no WebSocket gets through, where none does. */
  readonly websocketTrouble?: string;
}

export interface ProbeCollectorOptions {
  readonly outbound: Outbound;
  readonly env: Environment;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const DEADLINE_MS: Ms = 8_000;
const MAX_BYTES = 65_536;

export async function probeCollector(
  url: string,
  options: ProbeCollectorOptions,
): Promise<CollectorFacts> {
  const { outbound, env, clock, signal } = options;
  const proxy = proxyFor(env, new URL(url));
  const facts = { url, ...(proxy === undefined ? {} : { proxy: `${proxy.host}:${proxy.port}` }) };
  try {
    const exchange = { method: 'GET', deadlineMs: DEADLINE_MS, maxBytes: MAX_BYTES } as const;
    const answer = await outbound.exchange(new URL('/healthz', url), exchange, signal);
    if (answer.status !== 200 || answer.headers['content-type']?.includes('html')) {
      throw answerTrouble(url, answer);
    }
    const date = Date.parse(answer.headers.date ?? '');
    const websocketTrouble = await tryWebSocket(url, options);
    return {
      ...facts,
      // The header has whole seconds: half a second is its own mean error.
      ...(Number.isNaN(date) ? {} : { clockOffsetMs: clock.now() - date - 500 }),
      ...(websocketTrouble === undefined ? {} : { websocketTrouble }),
    };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return { ...facts, trouble: { ...error.trouble, message: error.message } };
  }
}

/** Until the collector's challenge comes: some filters let the opening through and nothing after. */
async function tryWebSocket(
  url: string,
  { outbound, clock, signal }: ProbeCollectorOptions,
): Promise<string | undefined> {
  const spoken = Promise.withResolvers<void>();
  spoken.promise.catch(() => {});
  const events = {
    onText: () => spoken.resolve(),
    onClosed: ({ code }: { readonly code: number }) =>
      spoken.reject(new Error(`it was closed with ${code}`)),
  };
  try {
    await withDeadline(
      clock,
      DEADLINE_MS,
      () => new Error(`nothing came through in ${DEADLINE_MS / 1000} s`),
      async (within) => {
        const transport = await connectWebSocket(url, outbound)(events, within);
        await spoken.promise.finally(() => transport.terminate());
      },
      signal,
    );
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    return messageOf(error);
  }
}
