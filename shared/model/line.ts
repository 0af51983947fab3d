// A line: one internet connection of a location, and what is known of its contract. A location has
// one or more; each device measures one line for its life.
import { z } from 'zod';
import type { EpochMs } from './units.ts';

/** `main` carries the school, and the location is judged by it; `backup` is judged and shown. */
export const lineRoleSchema = z.enum(['main', 'backup']);
export type LineRole = z.infer<typeof lineRoleSchema>;

export const lineKindSchema = z.enum([
  'copper',
  'cable',
  'fibre',
  'fixed_wireless',
  'mobile',
  'satellite',
  'unknown',
]);
export type LineKind = z.infer<typeof lineKindSchema>;

/** Mbit/s as the contract states them, at whatever layer that is. */
const contractedMbpsSchema = z.number().positive().max(1_000_000);

/** What people say of a line. Unknown parts are absent. */
export const lineFactsSchema = z.object({
  /** Unique among the location's running lines, whatever its case. */
  name: z.string().trim().min(1).max(60),
  role: lineRoleSchema,
  kind: lineKindSchema,
  provider: z.string().trim().min(1).max(100).optional(),
  contractedDownMbps: contractedMbpsSchema.optional(),
  contractedUpMbps: contractedMbpsSchema.optional(),
});
export type LineFacts = z.infer<typeof lineFactsSchema>;

/** What is absent stays as it is; null makes it unknown. */
export const lineChangeSchema = z
  .object({
    name: lineFactsSchema.shape.name,
    role: lineRoleSchema,
    kind: lineKindSchema,
    provider: lineFactsSchema.shape.provider.unwrap().nullable(),
    contractedDownMbps: contractedMbpsSchema.nullable(),
    contractedUpMbps: contractedMbpsSchema.nullable(),
  })
  .partial();
export type LineChange = z.infer<typeof lineChangeSchema>;

export interface Line extends LineFacts {
  /** A UUID. */
  readonly id: string;
  readonly locationId: string;
  readonly createdAt: EpochMs;
  /** Null while it runs. */
  readonly endedAt: EpochMs | null;
}

/** The line that every location has until somebody says more. */
export const DEFAULT_LINE: LineFacts = { name: 'hoofdlijn', role: 'main', kind: 'unknown' };

export function isRunning({ endedAt }: Pick<Line, 'endedAt'>): boolean {
  return endedAt === null;
}
