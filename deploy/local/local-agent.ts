// The agent beside the collector: its own process, started again when it ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CollectorEdge } from '#collector/edge.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { aborted, type Service } from '#shared/runtime/service.ts';

export interface LocalAgentOptions {
  readonly edge: CollectorEdge;
  readonly log: Logger;
  /** The agent keeps its state in `agent` below this. */
  readonly data: string;
  readonly clock: Clock;
  /** Where the collector is this time; it may have enrolled at another port. */
  readonly collector: () => string;
}

export interface LocalAgent {
  /** Throws `unreachable` with what the agent said. */
  enrol(code: string): Promise<void>;
  readonly service: Service;
}

const AGENT = join(import.meta.dirname, '..', '..', 'agent', 'main.ts');
const RESTART_AFTER_MS = 5_000;
const STOP_AFTER_MS = 5_000;

export async function isEnrolled(data: string): Promise<boolean> {
  return existsSync(join(data, 'agent', 'identity.json'));
}

export function localAgent({ edge, log, data, clock, collector }: LocalAgentOptions): LocalAgent {
  const start = (args: readonly string[]): ChildProcess =>
    spawn(edge.nodePath, [AGENT, ...args], {
      // What the agent says is log; results of ours alone go to stdout.
      // The channel ends with this process, however it ends, and the agent with the channel.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...edge.env, MEETNET_DATA: data },
    });
  return {
    enrol: async (code) => {
      const child = start(['enroll', '--collector', collector(), '--code', code]);
      let said = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          said += text;
        });
      }
      const exit = await ended(child);
      if (exit !== 0)
        throw new AppError('unreachable', `the local agent could not enrol: ${said.trim()}`);
    },
    service: {
      name: 'local agent',
      run: async (signal, ready) => {
        ready();
        while (!signal.aborted) {
          const child = start(['run', '--collector', collector()]);
          for (const stream of [child.stdout, child.stderr]) {
            stream?.setEncoding('utf8').on('data', (text: string) => edge.stderr(text));
          }
          const stop = () => child.kill('SIGTERM');
          signal.addEventListener('abort', stop, { once: true });
          const exit = ended(child);
          const hung = aborted(signal).then(() => clock.sleep(STOP_AFTER_MS));
          await Promise.race([exit, hung]);
          child.kill('SIGKILL');
          signal.removeEventListener('abort', stop);
          if (signal.aborted) return;
          log.error('the local agent ended; it is started again', { exit: await exit });
          await clock.sleep(RESTART_AFTER_MS, signal).catch(() => {});
        }
      },
    },
  };
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', (code) => resolve(code));
  });
}
