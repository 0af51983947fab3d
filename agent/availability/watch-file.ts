// The stretch that is open, on disk: after a power cut it tells until when the agent lived. Lost or
// spoilt, the time since the last record counts as not observed.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { lineLookSchema, lineStateSchema } from '#shared/model/availability.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import type { TimedStretch } from './to-measurement.ts';

const watchFileSchema = z.object({
  /** Of the kernel's run: another one means that the device was started anew. */
  bootId: z.string().optional(),
  stretch: z.object({
    id: z.string(),
    state: lineStateSchema,
    startedAt: z.number(),
    durationMs: z.number().nonnegative(),
    startUncertaintyMs: z.number().nonnegative().optional(),
    looks: z.int().positive(),
    evidence: lineLookSchema.optional(),
    clockOffsetMs: z.number().optional(),
  }),
});

export interface KeptStretch {
  readonly bootId?: string | undefined;
  readonly stretch: TimedStretch;
}

const FILE = 'watch.json';
const OWNER_ONLY = 0o600;

/** What is open, over restarts. */
export interface StretchKeeper {
  read(): Promise<KeptStretch | undefined>;
  write(kept: KeptStretch): Promise<void>;
  /** Nothing is open any more. */
  remove(): Promise<void>;
}

/** In the agent's own directory. */
export function watchFile(directory: string): StretchKeeper {
  const path = join(directory, FILE);
  return {
    read: async () => {
      try {
        return watchFileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
      } catch {
        return undefined;
      }
    },
    write: (kept) => writeAtomically(path, `${JSON.stringify(kept)}\n`, OWNER_ONLY),
    remove: () => rm(path, { force: true }),
  };
}
