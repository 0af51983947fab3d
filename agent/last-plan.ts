// The plan that the collector gave last, kept so that a device without a connection goes on by it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Position } from '#shared/model/location.ts';
import { DEFAULT_PLAN, type Plan, planSchema } from '#shared/model/plan.ts';
import { writeAtomically } from './files/write-atomically.ts';

const FILE = 'plan.json';
const OWNER_ONLY = 0o600;

/** The default, for this position, where none was kept or it is spoilt. */
export async function loadPlan(directory: string, position: Position): Promise<Plan> {
  try {
    return planSchema.parse(JSON.parse(await readFile(join(directory, FILE), 'utf8')));
  } catch {
    return { ...DEFAULT_PLAN, position };
  }
}

export function savePlan(directory: string, plan: Plan): Promise<void> {
  return writeAtomically(join(directory, FILE), `${JSON.stringify(plan)}\n`, OWNER_ONLY);
}
