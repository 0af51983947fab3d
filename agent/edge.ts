// The only file of the agent that touches process, environment, signals, stdin, stdout and exit.
// Everything else is handed what it needs of them.
import { hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface AgentEdge {
  /** Command line after the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The Node that runs this, to start the measuring child with. */
  readonly nodePath: string;
  /** The file that this process was started with or from, and its children are. */
  readonly mainPath: string;
  readonly nodeVersion: string;
  /** `linux-x64`. */
  readonly platform: string;
  readonly hostName: string;
  readonly pid: number;
  /** A person watches stderr. */
  readonly isTerminal: boolean;
  /** Fires at SIGINT, SIGTERM or SIGHUP, and when a launcher that started this is gone. */
  readonly signal: AbortSignal;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Resolves with stdin's first line. */
  readLine(): Promise<string>;
  /** Fires when stdin ends: the process that started this one is gone. */
  stdinEnded(): AbortSignal;
  /** Gives back what a burst of work left: an idle process would keep it for hours. Some 30 ms. */
  giveBackMemory(): void;
  exit(code: number): Promise<never>;
}

/** Exit code of a process that a person stopped twice: 128 + SIGINT. */
const IMPATIENT = 130;
/** A terminal tells us and the launcher, which passes it on: one request. A person is not so quick. */
const SAME_REQUEST_MS = 500;

export function createAgentEdge(mainPath: string): AgentEdge {
  const stop = new AbortController();
  let askedAtMs = 0;
  const ask = (why: string) => {
    askedAtMs = performance.now();
    stop.abort(new Error(why));
  };
  const onSignal = (name: NodeJS.Signals) => {
    if (!stop.signal.aborted) ask(`stopped by ${name}`);
    // Whoever asks again will not wait for an orderly end.
    else if (performance.now() - askedAtMs > SAME_REQUEST_MS) process.exit(IMPATIENT);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  // The launcher of a checkout was killed outright; without one there is no channel.
  process.once('disconnect', () => ask('the launcher is gone'));
  // A reader that went away (`… | head`) is no fault of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return {
    args: process.argv.slice(2),
    env: process.env,
    nodePath: process.execPath,
    mainPath,
    nodeVersion: process.version,
    platform: `${process.platform}-${process.arch}`,
    hostName: hostname(),
    pid: process.pid,
    isTerminal: process.stderr.isTTY === true,
    signal: stop.signal,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    readLine,
    stdinEnded,
    giveBackMemory: createGiveBackMemory(),
    // What was written must be out before the end, also into a pipe.
    exit: async (code) => {
      await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
      return process.exit(code);
    },
  };
}

/** Node has the collector behind a flag; a context that is made while it is set has the function. */
function createGiveBackMemory(): () => void {
  // Once: each such context stays, with half a megabyte.
  let collect: (() => void) | undefined;
  return () => {
    if (collect === undefined) {
      setFlagsFromString('--expose-gc');
      collect = runInNewContext('gc') as () => void;
      setFlagsFromString('--no-expose-gc');
    }
    collect();
  };
}

function readLine(): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0) return;
      process.stdin.off('data', onData).off('end', onEnd);
      resolve(text.slice(0, end));
    };
    const onEnd = () => reject(new Error('stdin ended before a line'));
    process.stdin.setEncoding('utf8').on('data', onData).on('end', onEnd);
  });
}

function stdinEnded(): AbortSignal {
  const ended = new AbortController();
  process.stdin.on('end', () => ended.abort(new Error('the parent process is gone')));
  process.stdin.resume();
  return ended.signal;
}
