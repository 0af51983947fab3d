// What the last self-test found, kept so that each test can carry it. Lost or spoilt, it is made anew.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Calibration, calibrationSchema } from '#shared/model/calibration.ts';
import { writeOwn } from '../../identity/identity.ts';

const FILE = 'calibration.json';

/** Undefined where there was none, or its file is spoilt. */
export async function loadCalibration(directory: string): Promise<Calibration | undefined> {
  try {
    return calibrationSchema.parse(JSON.parse(await readFile(join(directory, FILE), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Throws `data_directory`. */
export function saveCalibration(directory: string, calibration: Calibration): Promise<void> {
  return writeOwn(directory, join(directory, FILE), calibration);
}

/** Of this agent on this Node; of another, the device may have become faster or slower. */
export function isCurrent(
  calibration: Calibration | undefined,
  versions: Pick<Calibration, 'agentVersion' | 'nodeVersion'>,
): calibration is Calibration {
  return (
    calibration?.agentVersion === versions.agentVersion &&
    calibration.nodeVersion === versions.nodeVersion
  );
}
