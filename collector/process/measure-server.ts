// Runs the measure server as a child process of the collector, so that a test's bytes never wait
// for the control plane's work: started, watched, restarted, and ended with its parent. The child
// sees the end of the channel between them, so it stops also when this process is killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';
import { backoffMs } from '#shared/runtime/backoff.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, ERRORS, type ErrorCode, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { Bound } from '../config/addresses.ts';

export interface MeasureServerOptions {
  readonly nodePath: string;
  /** File whose `meetpunt` command is the measure server. */
  readonly mainFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: string;
  /** 0: any free one; a restart keeps the port that the first start got. */
  readonly port: number;
  readonly keyFile: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Called at the first start, before the service is ready. */
  readonly onListening: (bound: Bound) => void;
}

/** What the child says over the channel. */
export const childMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('listening'), host: z.string(), port: z.int() }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type ChildMessage = z.infer<typeof childMessageSchema>;

/** A cold start on a small machine under load. */
const START_DEADLINE_MS = 30_000;
/** Running tests are cut off at a stop; closing sockets is all that is left to do. */
const STOP_DEADLINE_MS = 5_000;
const RESTART_BACKOFF = { baseMs: 500, capMs: 30_000 };
/** One that ran this long did not die of its start. */
const STEADY_MS = 60_000;

/** Rejects when the first start fails; later deaths are logged and followed by a restart. */
export function measureServerProcess(options: MeasureServerOptions): Service {
  return {
    name: 'measure server',
    run: async (signal, ready) => {
      let port = options.port;
      let attempt = 0;
      for (let isFirst = true; !signal.aborted; isFirst = false) {
        const startedAt = options.clock.monotonicMs();
        const ended = await runOnce(options, port, signal, (bound) => {
          port = bound.port;
          options.log.info('measure server runs', { host: bound.host, port: bound.port });
          if (!isFirst) return;
          options.onListening(bound);
          ready();
        }).catch((error: unknown) => {
          if (isFirst) throw error;
          return messageOf(error);
        });
        if (signal.aborted) return;
        if (options.clock.monotonicMs() - startedAt > STEADY_MS) attempt = 0;
        const waitMs = backoffMs(RESTART_BACKOFF, attempt, options.random);
        attempt += 1;
        options.log.error('measure server ended; it is started again', { ended, waitMs });
        await options.clock.sleep(waitMs, signal).catch(() => {});
      }
    },
  };
}

/** Resolves with how it ended; rejects when it never listened. */
async function runOnce(
  options: MeasureServerOptions,
  port: number,
  signal: AbortSignal,
  onListening: (bound: Bound) => void,
): Promise<string> {
  const child = spawnChild(options, port);
  const exit = exitOf(child);
  const over = new AbortController();
  const stop = () => void stopChild(child, options.clock, over.signal);
  signal.addEventListener('abort', stop, { once: true });
  const late = options.clock.sleep(START_DEADLINE_MS, over.signal).catch(() => {});
  try {
    const bound = await Promise.race([
      listening(child),
      exit.then((how) => {
        if (signal.aborted) return undefined;
        throw new AppError('unreachable', `the measure server could not start (${how})`);
      }),
      late.then(() => {
        if (over.signal.aborted) return undefined;
        throw new AppError(
          'unreachable',
          `the measure server did not start within ${START_DEADLINE_MS / 1000} s`,
        );
      }),
    ]);
    if (bound !== undefined) onListening(bound);
    return await exit;
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
    // Only a start that failed or was late leaves one behind.
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

function spawnChild(options: MeasureServerOptions, port: number): ChildProcess {
  return spawn(
    options.nodePath,
    [
      options.mainFile,
      'meetpunt',
      ...['--host', options.host],
      ...['--port', String(port)],
      ...['--key-file', options.keyFile],
    ],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { ...options.env } },
  );
}

/** Resolves with how it ended, after the last of what it said has been read. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('exit', (code, name) => {
      const how = name === null ? `exit code ${code}` : name;
      // The channel may still hold a message; it ends after it. ('close' never comes here.)
      if (child.connected) child.once('disconnect', () => resolve(how));
      else resolve(how);
    });
  });
}

/** Rejects with the child's own error when it says that it failed. */
function listening(child: ChildProcess): Promise<Bound> {
  return new Promise((resolve, reject) => {
    child.on('message', (raw) => {
      const message = childMessageSchema.safeParse(raw);
      if (!message.success) return;
      if (message.data.type === 'listening') resolve(message.data);
      else reject(new AppError(errorCode(message.data.code), message.data.message));
    });
  });
}

function errorCode(text: string): ErrorCode {
  return text in ERRORS ? (text as ErrorCode) : 'internal_error';
}

/** Closing the channel is the request to stop. */
async function stopChild(child: ChildProcess, clock: Clock, over: AbortSignal): Promise<void> {
  if (child.connected) child.disconnect();
  const isOver = await clock.sleep(STOP_DEADLINE_MS, over).then(
    () => false,
    () => true,
  );
  if (!isOver) child.kill('SIGKILL');
}
