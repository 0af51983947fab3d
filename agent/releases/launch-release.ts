// One start of the agent: which bundle it is to be, its trial counted and watched. The process itself
// is handed in: this is what the launcher does between its first line and the agent's.
import type { SlotFiles } from './slot-files.ts';
import {
  chosen,
  crashed,
  damaged,
  ranLong,
  rolledBack,
  type Slot,
  type SlotState,
  started,
  withoutOutdated,
} from './slots.ts';

export interface Launch {
  readonly files: SlotFiles;
  /** The packaged version. */
  readonly base: string;
  /** False for a release that another user could have put there. */
  readonly isOwn: (slot: Slot) => Promise<boolean>;
  readonly warn: (text: string) => void;
}

/**
 * For `run`, the standing agent: counts the start on disk before it resolves with the release. Undefined: the
 * packaged bundle. Never rejects: an agent that starts as packaged is better than none.
 */
export async function releaseToRun(launch: Launch): Promise<Slot | undefined> {
  const { files, base, warn } = launch;
  try {
    const before = await files.load();
    const state = await withoutDamaged(started(before, base), launch);
    if (JSON.stringify(state) === JSON.stringify(before)) return chosen(state);
    for (const { version, reason } of state.failures.slice(before.failures.length)) {
      warn(`release ${version} is given up: ${reason}`);
    }
    try {
      await files.save(state);
      return chosen(state);
    } catch (error) {
      // A trial that is not counted might be started for ever.
      warn(`not counted, so no trial now: ${error instanceof Error ? error.message : error}`);
      return state.current;
    }
  } catch (error) {
    warn(`starting as packaged: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** For the other commands: what has proved itself, and nothing is counted. */
export async function releaseOfCommand(launch: Launch): Promise<Slot | undefined> {
  try {
    const { trial: _, ...state } = withoutOutdated(await launch.files.load(), launch.base);
    return (await withoutDamaged(state, launch)).current;
  } catch {
    return undefined;
  }
}

/** The time of the trial is over. Resolves with true when it had not proved itself. */
export async function trialOver({ files }: Launch, slot: Slot): Promise<boolean> {
  const state = await files.load();
  const { trial } = state;
  if (trial?.version !== slot.version) return false;
  const reason = `no welcome of the collector in ${trial.trialSeconds} s under it`;
  await files.save(rolledBack(state, reason));
  return true;
}

/** It has run for `LONG_RUN_MS`: the starts before are forgotten. */
export async function noteLongRun({ files }: Launch, slot: Slot): Promise<void> {
  const before = await files.load();
  const state = ranLong(before, slot.version);
  if (state !== before) await files.save(state);
}

export async function noteCrash({ files }: Launch, slot: Slot, error: unknown): Promise<void> {
  const before = await files.load();
  const state = crashed(before, slot.version, error instanceof Error ? error.message : `${error}`);
  if (state !== before) await files.save(state);
}

async function withoutDamaged(
  state: SlotState,
  { files, isOwn }: Pick<Launch, 'files' | 'isOwn'>,
): Promise<SlotState> {
  let left = state;
  for (let slot = chosen(left); slot !== undefined; slot = chosen(left)) {
    if ((await isOwn(slot)) && (await files.isIntact(slot))) return left;
    left = damaged(left);
  }
  return left;
}
