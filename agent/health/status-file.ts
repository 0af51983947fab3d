// What the running agent leaves behind for `status` to read: a small file, written when something
// happened and otherwise every 90 s.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { spoolStatsSchema } from '#shared/wire/uplink.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import { troubleSchema } from '../network/trouble.ts';

export const statusFileSchema = z.object({
  writtenAt: z.string(),
  pid: z.int(),
  agentVersion: z.string(),
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
