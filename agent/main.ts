// The agent's process: `node agent/main.ts COMMAND`, `main(argv)` from a launcher, or the bundle.
import './older-node.ts';
import { runAgent } from './cli.ts';
import { createAgentEdge } from './edge.ts';

/** Runs one command and ends the process with its exit code. */
export async function main(argv?: readonly string[]): Promise<void> {
  const edge = createAgentEdge(import.meta.filename);
  await edge.exit(await runAgent(argv ?? edge.args, edge));
}

if (import.meta.main) await main();
