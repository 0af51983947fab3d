// The collector's process: `node collector/main.ts COMMAND`, or `main(argv)` from a launcher.
import { runCollector } from './cli.ts';
import { createCollectorEdge } from './edge.ts';

/** Runs one command and ends the process with its exit code. */
export async function main(argv?: readonly string[]): Promise<void> {
  const edge = createCollectorEdge();
  edge.exit(await runCollector(argv ?? edge.args, edge));
}

if (import.meta.main) await main();
