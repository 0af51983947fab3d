// The only file of the collector that touches process, environment, signals, stdout and exit.
// Everything else is handed what it needs of them.

export interface CollectorEdge {
  /** Command line after the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The Node that runs this, to start another process of ours with. */
  readonly nodePath: string;
  /** Fires at SIGINT, SIGTERM or SIGHUP, and when the process that started this one is gone. */
  readonly signal: AbortSignal;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Fires when the process that started this one is gone; undefined without a channel to it. */
  readonly parentGone: AbortSignal | undefined;
  /** To the process that started this one, when it is ours and listens. */
  tellParent(message: unknown): void;
  exit(code: number): never;
}

/** Exit code of a process that a person stopped twice: 128 + SIGINT. */
const IMPATIENT = 130;

export function createCollectorEdge(): CollectorEdge {
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    // Whoever asks again will not wait for an orderly end.
    if (stop.signal.aborted) process.exit(IMPATIENT);
    stop.abort(new Error(`stopped by ${name}`));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  const parentGone = process.connected ? new AbortController() : undefined;
  process.once('disconnect', () => {
    const reason = new Error('the parent process is gone');
    parentGone?.abort(reason);
    stop.abort(reason);
  });
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
    signal: stop.signal,
    parentGone: parentGone?.signal,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    tellParent: (message) => {
      if (process.connected) process.send?.(message);
    },
    exit: (code) => process.exit(code),
  };
}
