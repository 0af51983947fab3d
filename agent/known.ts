// What the agent knows from before, kept in its directory, and what of it goes along with a test.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Calibration } from '#shared/model/calibration.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { writeAtomically } from './files/write-atomically.ts';
import { loadCalibration } from './measure/calibration/calibration-file.ts';
import {
  type IdleHistory,
  idleHistorySchema,
  usualRoundTrip,
} from './measure/environment/idle-history.ts';
import type { Known } from './measure/measurer.ts';

export interface Memory {
  readonly calibration: Calibration | undefined;
  readonly idleHistory: IdleHistory;
}

const FILE = 'idle-history.json';
const OWNER_ONLY = 0o600;

export async function loadMemory(directory: string): Promise<Memory> {
  return {
    calibration: await loadCalibration(directory),
    idleHistory: await loadIdleHistory(directory),
  };
}

export function saveIdleHistory(directory: string, history: IdleHistory): Promise<void> {
  return writeAtomically(join(directory, FILE), `${JSON.stringify(history)}\n`, OWNER_ONLY);
}

/** Of what a test of this server, now, is to know. */
export function knownOf({ calibration, idleHistory }: Memory, server: string, now: EpochMs): Known {
  return {
    ...(calibration === undefined ? {} : { calibration }),
    usualRoundTrip: usualRoundTrip(idleHistory, server, now),
  };
}

/** Lost or spoilt, it begins anew: it is memory, not evidence. */
async function loadIdleHistory(directory: string): Promise<IdleHistory> {
  try {
    return idleHistorySchema.parse(JSON.parse(await readFile(join(directory, FILE), 'utf8')));
  } catch {
    return [];
  }
}
