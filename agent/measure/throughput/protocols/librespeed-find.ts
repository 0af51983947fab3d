// Which of a LibreSpeed server's candidate addresses answers as its backend does, and how far away it is.
import type { Latency } from '#shared/model/measurement.ts';
import type { Ms } from '#shared/model/units.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import { PING_COUNT } from '#shared/wire/speed.ts';
import { failure } from '../failure-of.ts';
import { Connections, type Exchanged, exchange } from './librespeed-exchange.ts';
import { type LibrespeedServer, MOST_MOVES, movedServer } from './librespeed-server.ts';

const DEADLINE_MS = 10_000;
const PING_DEADLINE_MS = 2_000;
const HELD_BACK = { bytes: 32 * 1024, leastMs: 200, roundTrips: 3 };

export interface FoundServer {
  readonly server: LibrespeedServer;
  readonly latency: Latency;
  readonly ipVersion: 4 | 6;
  /** It answers uploads before it has them, so that its answers count nothing. */
  readonly answersEarly: boolean;
}

export interface FindOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly agentVersion: string;
}

/** The first candidate whose ping is an empty answer, with its round trips. Throws a TestFailure. */
export async function findLibrespeed(
  candidates: readonly LibrespeedServer[],
  options: FindOptions,
): Promise<FoundServer> {
  const statuses: number[] = [];
  const unreachable = new Map<string, unknown>();
  for (const candidate of candidates) {
    if (unreachable.has(candidate.ping.origin)) continue;
    try {
      const found = await tryServer(candidate, options);
      if (typeof found !== 'number') return found;
      statuses.push(found);
    } catch (error) {
      if (options.signal.aborted) throw error;
      unreachable.set(candidate.ping.origin, error);
    }
  }
  const [notReached] = unreachable.values();
  if (statuses.length === 0 && notReached !== undefined) throw notReached;
  const isBusy = statuses.some((status) => status === 503 || status === 429);
  throw failure(
    isBusy ? 'not_admitted' : 'protocol_error',
    'connect',
    `no LibreSpeed backend answered at that address (status ${statuses.join(', ')}); give the address below which garbage.php and empty.php are`,
  );
}

/** The status of an answer that is not the backend's, at the end of what redirections there are. */
async function tryServer(
  candidate: LibrespeedServer,
  { clock, signal, agentVersion }: FindOptions,
): Promise<FoundServer | number> {
  const connections = new Connections(1);
  let server = candidate;
  const ping = (ms: Ms): Promise<Exchanged> =>
    withDeadline(
      clock,
      ms,
      () => failure('connect_timed_out', 'latency', `no answer in ${ms / 1000} s`),
      (within) => exchange(server.ping, { connections, signal: within, agentVersion, clock }),
      signal,
    );
  try {
    let answer = await ping(DEADLINE_MS);
    for (let moves = 0; moves < MOST_MOVES && answer.movedTo !== undefined; moves += 1) {
      server = movedServer(server, answer.movedTo);
      answer = await ping(DEADLINE_MS);
    }
    // `empty` says nothing; a site that has a page for every address says something.
    if (answer.status !== 200 || answer.bytes > 0) return answer.status;
    const latency = await roundTrips(clock, signal, () => ping(PING_DEADLINE_MS));
    const upload = { connections, signal, agentVersion, clock };
    const answersEarly = await isAnsweredEarly(server.upload, latency.p50Ms, upload);
    return { server, latency, ipVersion: answer.ipVersion, answersEarly };
  } finally {
    connections.close();
  }
}

/** Half of a small upload, and an answer to all of it. What else is wrong shows in the upload itself. */
async function isAnsweredEarly(
  url: URL,
  rttMs: Ms,
  { clock, signal, ...rest }: FindOptions & { readonly connections: Connections },
): Promise<boolean> {
  const ms = Math.max(HELD_BACK.leastMs, HELD_BACK.roundTrips * rttMs);
  const options = { ...rest, clock, body: new Uint8Array(HELD_BACK.bytes), holdBackMs: ms };
  const late = () => failure('connect_timed_out', 'latency', 'an upload was not answered');
  try {
    const { status, isEarly } = await withDeadline(
      clock,
      ms + DEADLINE_MS,
      late,
      (within) => exchange(url, { ...options, signal: within }),
      signal,
    );
    return isEarly && status >= 200 && status < 300;
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
}

async function roundTrips(
  clock: Clock,
  signal: AbortSignal,
  ping: () => Promise<unknown>,
): Promise<Latency> {
  const times: number[] = [];
  for (let i = 0; i < PING_COUNT; i += 1) {
    const start = clock.monotonicMs();
    try {
      await ping();
      times.push(clock.monotonicMs() - start);
    } catch (error) {
      if (signal.aborted) throw error;
    }
  }
  if (times.length === 0) throw failure('connect_timed_out', 'latency', 'no ping was answered');
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(1000 * (sorted[Math.ceil(share * sorted.length) - 1] ?? 0)) / 1000;
  return {
    count: PING_COUNT,
    lost: PING_COUNT - times.length,
    minMs: at(0.0001),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
  };
}
