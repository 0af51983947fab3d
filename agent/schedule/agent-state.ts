// What the agent remembers of its tests over restarts: when it last tested and what it spent.
// Lost or spoilt, it starts afresh: it is memory, not evidence.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../files/write-atomically.ts';
import { NOTHING_SPENT } from './budget.ts';

export const agentStateSchema = z.object({
  spent: z.object({ day: z.string(), dayBytes: z.number(), monthBytes: z.number() }),
  /** ISO; absent until the first test. */
  lastTestAt: z.string().optional(),
  /** Of the last test that gave figures; ISO. */
  lastMeasuredAt: z.string().optional(),
  /** `pass`/`fail`/`inconclusive` per direction, or the failure's code. */
  lastResult: z.string().optional(),
  /** A near fail that still waits for its second run; a restart must not let it lapse. */
  toConfirm: z.object({ id: z.string(), since: z.string() }).optional(),
});
export type AgentState = z.infer<typeof agentStateSchema>;

const FILE = 'state.json';
const OWNER_ONLY = 0o600;

export async function loadAgentState(directory: string): Promise<AgentState> {
  try {
    return agentStateSchema.parse(JSON.parse(await readFile(join(directory, FILE), 'utf8')));
  } catch {
    return { spent: NOTHING_SPENT };
  }
}

export function saveAgentState(directory: string, state: AgentState): Promise<void> {
  return writeAtomically(join(directory, FILE), `${JSON.stringify(state)}\n`, OWNER_ONLY);
}
