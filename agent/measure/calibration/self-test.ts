// The self-test: this process is the agent's end of a test, a process that it starts is the other.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import type { Calibration } from '#shared/model/calibration.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Mbps } from '#shared/model/units.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import { endChild } from '../end-child.ts';
import { runDirection } from '../throughput/run-direction.ts';

export interface SelfTestOptions {
  readonly nodePath: string;
  /** Arguments that start the peer: the agent's main file and its hidden command. */
  readonly peerArguments: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly agentVersion: string;
  readonly nodeVersion: string;
}

/** What a device that is slow enough to be found unfit may take to start a process. */
const PEER_DEADLINE_MS = 60_000;
/** As a test begins on a short way. */
const STREAMS = { download: 4, upload: 2 } as const;
const LIMIT_MS = 3_000;
/** A machine that is done with these before the time is up is fast enough. */
const MAX_BYTES = 2_000_000_000;
const PAYLOAD_BYTES = 1024 * 1024;
const LAST_WORDS = 400;

/** Rejects with `test_failed` when it could not be made, and with the signal's reason. */
export async function selfTest(
  options: SelfTestOptions,
  signal: AbortSignal,
): Promise<Calibration> {
  const { clock, agentVersion, nodeVersion } = options;
  const at = new Date(clock.now()).toISOString();
  const peer = spawn(options.nodePath, options.peerArguments, {
    env: { ...options.env },
    // It ends when its stdin does, so also with this process.
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  peer.stdin.on('error', () => {});
  try {
    const port = await withDeadline(
      clock,
      PEER_DEADLINE_MS,
      () => failed(`its other end did not start in ${PEER_DEADLINE_MS / 1000} s`),
      () => portOf(peer),
      signal,
    );
    const downloadMbps = await rateOf('download', port, options, signal);
    const uploadMbps = await rateOf('upload', port, options, signal);
    return { downloadMbps, uploadMbps, at, agentVersion, nodeVersion };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof AppError ? error : failed(messageOf(error), error);
  } finally {
    await endChild(peer, clock);
  }
}

async function rateOf(
  direction: Direction,
  port: number,
  { clock }: SelfTestOptions,
  signal: AbortSignal,
): Promise<Mbps> {
  const { reading } = await runDirection(direction, {
    server: { host: '127.0.0.1', port },
    testId: 'calibration',
    // Asked for nothing, the rule is content as soon as it has a figure: after some 2.3 s.
    rule: {
      mode: 'check',
      required: 0,
      streams: STREAMS[direction],
      provisionalShare: 1,
      confidence: 0.95,
      maxBytes: MAX_BYTES,
      limitMs: LIMIT_MS,
    },
    payload: randomFillSync(Buffer.allocUnsafe(PAYLOAD_BYTES)),
    ...{ clock, signal, onProgress: () => {} },
  });
  return Math.round(reading.goodput * 10) / 10;
}

/** The peer says one line: where it listens. */
function portOf(peer: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    let words = '';
    peer.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      words = (words + chunk).slice(-LAST_WORDS);
    });
    peer.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      const port = /^(\d+)\n/.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    peer.on('error', reject);
    peer.on('close', (code, name) =>
      reject(failed(`its other end ended with ${code ?? name}: ${words.trim()}`)),
    );
  });
}

function failed(why: string, cause?: unknown): AppError {
  return new AppError('test_failed', `the self-test failed: ${why}`, { cause });
}
