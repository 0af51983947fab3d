// What an import of DUO's files would change, and did: the preview of the API and of `--json`.
import { z } from 'zod';
import { boardSchema, locationSchema, sectorSchema } from '../model/location.ts';

/** A field by its name in the model; absent where there was or will be none. */
export const fieldChangeSchema = z.object({
  field: z.string(),
  from: z.union([z.string(), z.number()]).optional(),
  to: z.union([z.string(), z.number()]).optional(),
});
export type FieldChange = z.infer<typeof fieldChangeSchema>;

const placeSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Devices that were enrolled there. */
  devices: z.int().nonnegative(),
});

/**
 * A location that went on as another: by DUO's overgangen, by a new code at the same postcode and
 * house number, or because the operator says so. Lines and devices follow when it is applied.
 */
export const mergeSchema = z.object({
  from: z.string(),
  to: z.string(),
  basis: z.enum(['transition', 'same_address', 'operator']),
  devices: z.int().nonnegative(),
  applied: z.boolean(),
});
export type Merge = z.infer<typeof mergeSchema>;

export const importPlanSchema = z.object({
  boards: z.object({
    added: z.array(boardSchema),
    renamed: z.array(z.object({ id: z.string(), from: z.string(), to: z.string() })),
    unchanged: z.int(),
    /** Named after their number: no file names them. */
    unnamed: z.array(z.string()),
  }),
  locations: z.object({
    added: z.array(locationSchema),
    changed: z.array(
      z.object({ id: z.string(), name: z.string(), changes: z.array(fieldChangeSchema) }),
    ),
    closed: z.array(placeSchema),
    reopened: z.array(placeSchema),
    merged: z.array(mergeSchema),
    unchanged: z.int(),
    /** Open ones of which nobody has said where they are, after this import. */
    withoutCoordinates: z.int(),
  }),
  /** Only what is of one of these and in no file is closed. */
  coverage: z.array(
    z.object({
      sector: sectorSchema,
      provinces: z.array(z.string()),
      /** Locations there that were open before. */
      open: z.int().nonnegative(),
    }),
  ),
  /** What a person should know: rows that were passed over, files that close nothing. */
  notes: z.array(z.string()),
});
export type ImportPlan = z.infer<typeof importPlanSchema>;

export const importPreviewSchema = z.object({
  /** Applies this import; once, until `expiresAt`. */
  token: z.string(),
  expiresAt: z.iso.datetime(),
  plan: importPlanSchema,
});

/** `proposed`: all that the preview lists. A mistyped name is refused, or a merge would be a closing. */
export const importApplySchema = z
  .strictObject({
    merge: z
      .union([
        z.literal('proposed'),
        z.array(z.object({ from: z.string(), to: z.string() })).max(1000),
      ])
      .optional(),
    /** Closes however many are in no file; else a file that seems incomplete is refused. */
    closeMany: z.boolean().optional(),
  })
  .nullish();
