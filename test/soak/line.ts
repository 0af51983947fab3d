// The way between an agent and its collector, in one process: frames are carried, or lost as a fault
// has it. At its end stand the collector's own ingest and store.

import { type Connect, ConnectError, type Transport } from '#agent/uplink/transport.ts';
import { createIngest, type Ingest } from '#collector/ingest/ingest.ts';
import { createLiveEvents } from '#collector/live.ts';
import { openRawStore } from '#collector/series/raw.ts';
import type { SeriesStore } from '#collector/series/series.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import {
  type AgentFrame,
  agentFrameSchema,
  type CollectorFrame,
  HANDSHAKE_DEADLINE_MS,
} from '#shared/wire/uplink.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

/** `silent`: packets go nowhere and nobody says so. */
export type LineFault = 'silent' | 'dns gone' | 'collector gone' | 'proxy';

export const DEVICE = '6f1c2a34-9b1d-4c55-8a43-0c7a5ad1a001';
const LOCATION = '16SW03';

export interface Line extends AsyncDisposable {
  readonly connect: Connect;
  readonly series: SeriesStore;
  /** Records that came again after they had been stored. */
  readonly resent: () => number;
  /** Connections that there are break, but for `silent`, where they seem to go on. */
  begin(fault: LineFault): void;
  /** Calls it once, when the collector has stored the next batch and the agent was not told. */
  whenStored(listener: () => void): void;
  mend(): void;
}

export async function openLine(clock: Clock): Promise<Line> {
  const folder = await temporaryFolder();
  const series = await openSqliteSeries({ path: `${folder.path}/series.db` });
  const raw = await openRawStore(folder.path);
  const ingest = createIngest({
    ...{ series, raw, clock, log: silentLog, events: createLiveEvents() },
    judge: { judge: async () => ({}) as Verdict },
  });
  const links = new Set<{ readonly cut: () => void; readonly forget: () => void }>();
  let fault: LineFault | undefined;
  let resent = 0;
  const isSilent = () => fault === 'silent';
  let onStored = () => {};
  const note = (count: number) => {
    resent += count;
    const told = onStored;
    onStored = () => {};
    told();
  };
  const connect: Connect = async (events, signal) => {
    await refusedBy(fault, clock, signal);
    const answer = collectorEnd({ ingest, clock, note });
    let isOpen = true;
    const end = (code: number, reason: string) => {
      if (!isOpen) return;
      isOpen = false;
      links.delete(link);
      events.onClosed({ code, reason });
    };
    const broken = () => end(1006, '');
    /** A way in between has forgotten it: nothing passes any more, and nobody is told. */
    let isForgotten = false;
    const link = {
      cut: broken,
      forget: () => {
        isForgotten = true;
      },
    };
    links.add(link);
    const isLost = () => isForgotten || isSilent();
    const tell = (frame: CollectorFrame | undefined) => {
      if (frame !== undefined && isOpen && !isLost()) events.onText(JSON.stringify(frame));
    };
    const transport: Transport = {
      send: (text) => {
        if (!isOpen || isLost()) return;
        void answer(agentFrameSchema.parse(JSON.parse(text))).then(tell);
      },
      close: (code, reason) => {
        if (!isLost()) end(code, reason);
      },
      terminate: broken,
    };
    void Promise.resolve().then(() => tell({ type: 'challenge', protocol: 1, nonce: 'bm9uY2U' }));
    return transport;
  };
  return {
    ...{ connect, series, resent: () => resent },
    begin: (begun) => {
      fault = begun;
      if (!isSilent()) for (const { cut } of [...links]) cut();
    },
    whenStored: (listener) => {
      onStored = listener;
    },
    mend: () => {
      if (isSilent()) for (const { forget } of links) forget();
      fault = undefined;
    },
    [Symbol.asyncDispose]: async () => {
      await ingest.settled();
      await series[Symbol.asyncDispose]();
      await raw[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function refusedBy(
  fault: LineFault | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (fault === 'dns gone') {
    throw new ConnectError('getaddrinfo ENOTFOUND', { code: 'dns_lookup_failed' });
  }
  if (fault === 'collector gone') {
    throw new ConnectError('connect ECONNREFUSED', { code: 'connect_refused' });
  }
  if (fault === 'proxy') throw new ConnectError('HTTP 407', { code: 'proxy_refused' });
  if (fault === 'silent') {
    await clock.sleep(HANDSHAKE_DEADLINE_MS, signal);
    throw new ConnectError('no answer', { code: 'connect_timed_out' });
  }
}

interface CollectorEnd {
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly note: (resent: number) => void;
}

/** What the collector answers to each frame of one connection. */
function collectorEnd({ ingest, clock, note }: CollectorEnd) {
  let clockOffsetMs: number | undefined;
  return async (frame: AgentFrame): Promise<CollectorFrame | undefined> => {
    const now = clock.now();
    switch (frame.type) {
      case 'hello':
        return {
          ...{ type: 'welcome', sessionId: 's', locationId: LOCATION, time: now },
          plan: DEFAULT_PLAN,
        };
      case 'ping': {
        clockOffsetMs = frame.clockOffsetMs ?? clockOffsetMs;
        const { id, sentAt } = frame;
        return { type: 'pong', id, pingSentAt: sentAt, receivedAt: now, sentAt: now };
      }
      case 'batch': {
        const device = { id: DEVICE, locationId: LOCATION };
        const results = await ingest.ingest(device, frame.records, { clockOffsetMs });
        note(results.filter(({ fate }) => fate === 'duplicate').length);
        return { type: 'ack', results };
      }
      case 'slot_request': {
        const grant = {
          ...{ slotId: `${frame.requestId}`, server: 'http://192.0.2.1:8081', token: 't' },
          expiresAt: now + 60_000,
        };
        return { type: 'slot', requestId: frame.requestId, grant };
      }
      default:
        return undefined;
    }
  };
}
