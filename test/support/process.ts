// Real processes for system tests: started, watched line by line, ended with their children.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
/** Longest that a process may take to say that it is ready. */
const READY_DEADLINE_MS = 60_000;

export interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with the match once either stream has it; rejects when the process ends first. */
  seen(pattern: RegExp, deadlineMs?: number): Promise<RegExpMatchArray>;
  /** Sends the signal to the whole process group and resolves with the exit code when it is over. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** The exit code, when it ends by itself. */
  readonly exited: Promise<number | null>;
}

/** `under`: words before the command, such as those that put it in a network namespace. */
export function start(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  under: readonly string[] = [],
): Running {
  const [program = '', ...words] = [...under, process.execPath, join(ROOT, file), ...args];
  const child = spawn(program, words, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const text = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk;
      for (const watcher of [...watchers]) watcher();
    });
  }
  const exited = new Promise<number | null>((resolve) =>
    child.on('close', (code) => resolve(code)),
  );

  const seen = (pattern: RegExp, deadlineMs = READY_DEADLINE_MS) =>
    new Promise<RegExpMatchArray>((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        watchers.delete(look);
        settle();
      };
      const fail = (why: string) =>
        finish(() =>
          reject(new Error(`${file}: ${why} before ${pattern}\n${text.stdout}\n${text.stderr}`)),
        );
      const look = () => {
        const match = text.stdout.match(pattern) ?? text.stderr.match(pattern);
        if (match !== null) finish(() => resolve(match));
      };
      const timer = setTimeout(() => fail(`${deadlineMs} ms passed`), deadlineMs);
      watchers.add(look);
      void exited.then((code) => fail(`ended with ${code}`));
      look();
    });

  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      process.kill(-child.pid, signal);
    }
    return exited;
  };
  return {
    child,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    seen,
    end,
    exited,
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL');
    },
  };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Tries until `attempt` gives something else than undefined. */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T | undefined>,
  deadlineMs = 30_000,
): Promise<T> {
  const until = performance.now() + deadlineMs;
  let last: unknown;
  while (performance.now() < until) {
    try {
      const value = await attempt();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not within ${deadlineMs} ms`, { cause: last });
}
