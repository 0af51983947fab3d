// What the running agent leaves behind for `status` to read: a small file, written when something
// changed and otherwise every half hour, for flash cards wear.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { spoolStatsSchema } from '#shared/wire/uplink.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import { troubleSchema } from '../network/trouble.ts';

export const statusFileSchema = z.object({
  writtenAt: z.string(),
  pid: z.int(),
  agentVersion: z.string(),
  /** Who it is: the identity itself is for the agent's own user alone. */
  identity: z
    .object({
      deviceId: z.string(),
      locationId: z.string(),
      collector: z.string(),
      name: z.string(),
    })
    .optional(),
  /** A test was under way, or waited for its slot. */
  testing: z.boolean().optional(),
  uplink: z.object({
    state: z.string(),
    since: z.string().optional(),
    lastError: z.string().optional(),
    trouble: troubleSchema.optional(),
    transport: z.string().optional(),
  }),
  spool: spoolStatsSchema,
  /** Payload bytes of tests, and what they may be. */
  budget: z
    .object({
      dayBytes: z.number(),
      dayLimitBytes: z.number(),
      monthBytes: z.number(),
      monthLimitBytes: z.number(),
    })
    .optional(),
  clockOffsetMs: z.number().optional(),
  nextTests: z.array(z.string()),
  lastTestAt: z.string().optional(),
  lastResult: z.string().optional(),
});
export type StatusFile = z.infer<typeof statusFileSchema>;

const FILE = 'status.json';
const EVERYONE_READS = 0o644;

/** Between two that say the same. */
const SAME_AGAIN_MS: Ms = 1_800_000;
/** A running agent's file is never older: twice the time between two, and then some. */
export const STATUS_STALE_MS: Ms = 2 * SAME_AGAIN_MS + 60_000;

/** Writes what has changed at once, and what has not now and then; call it as often as you like. */
export function createStatusWriter(
  directory: string,
  clock: Pick<Clock, 'monotonicMs'>,
): (status: StatusFile) => Promise<void> {
  let last = { text: '', atMs: Number.NEGATIVE_INFINITY };
  return async (status) => {
    const { writtenAt: _, clockOffsetMs, ...rest } = status;
    // To the tenth of a second: a clock always moves a little.
    const offset = clockOffsetMs === undefined ? '' : Math.round(clockOffsetMs / 100);
    const text = `${JSON.stringify(rest)} ${offset}`;
    const atMs = clock.monotonicMs();
    if (text === last.text && atMs - last.atMs < SAME_AGAIN_MS) return;
    await writeStatusFile(directory, status);
    last = { text, atMs };
  };
}

export function writeStatusFile(directory: string, status: StatusFile): Promise<void> {
  return writeAtomically(join(directory, FILE), `${JSON.stringify(status)}\n`, EVERYONE_READS);
}

/** Undefined where no agent ever ran, or its file is spoilt. */
export async function readStatusFile(directory: string): Promise<StatusFile | undefined> {
  try {
    return statusFileSchema.parse(JSON.parse(await readFile(join(directory, FILE), 'utf8')));
  } catch {
    return undefined;
  }
}
