// Boards, schools' locations and the devices that measure there, in DUO's terms.
import { z } from 'zod';

/** Vestigingscode: BRIN (two digits, two letters) and two digits, e.g. `16SW03`. */
export const locationIdSchema = z
  .string()
  .regex(/^[0-9]{2}[A-Z]{2}[0-9]{2}$/, 'must be a vestigingscode such as 16SW03');

/** Bevoegd gezag: DUO's number of the school board, e.g. `41234`. */
export const boardIdSchema = z
  .string()
  .regex(/^[0-9]{4,6}$/, 'must be a bevoegd-gezagnummer of 4 to 6 digits');

export const boardSchema = z.object({ id: boardIdSchema, name: z.string().min(1).max(200) });

/**
 * Where the device sits. In path: all of the school's traffic passes it, so it knows when the
 * line is quiet. Off path: behind the router, it cannot know.
 */
export const positionSchema = z.enum(['in_path', 'off_path']);

/** DUO's sectors with locations that the norm is for: primary, secondary, special. */
export const sectorSchema = z.enum(['po', 'vo', 'so']);
export type Sector = z.infer<typeof sectorSchema>;

/** `postcode_file`: a file that the operator gave; `pdok`: PDOK's Locatieserver. */
export const coordinatesSourceSchema = z.enum(['postcode_file', 'pdok']);
export type CoordinatesSource = z.infer<typeof coordinatesSourceSchema>;

/** Degrees in WGS 84. */
export const coordinatesSchema = z.object({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  source: coordinatesSourceSchema,
});
export type Coordinates = z.infer<typeof coordinatesSchema>;

/** Absent while the school is there. Nothing of a closed location is removed. */
export const closureSchema = z.object({
  at: z.iso.datetime(),
  /** The location that its lines and devices went on to. */
  successorId: locationIdSchema.optional(),
});

export const locationSchema = z.object({
  id: locationIdSchema,
  boardId: boardIdSchema,
  name: z.string().min(1).max(200),
  street: z.string().max(200).optional(),
  houseNumber: z.string().max(40).optional(),
  /** Without a space: `5831CR`. */
  postalCode: z
    .string()
    .regex(/^[1-9][0-9]{3}[A-Z]{2}$/, 'must be four digits and two letters, such as 5831CR')
    .optional(),
  city: z.string().max(200).optional(),
  municipality: z.string().max(200).optional(),
  province: z.string().max(100).optional(),
  pupils: z.int().nonnegative().optional(),
  /** `pupils` may be off by this much: DUO hides counts below 5. Absent where it is exact. */
  pupilsMargin: z.int().positive().optional(),
  sector: sectorSchema.optional(),
  closed: closureSchema.optional(),
  coordinates: coordinatesSchema.optional(),
});

export type Board = z.infer<typeof boardSchema>;
export type Location = z.infer<typeof locationSchema>;
export type Position = z.infer<typeof positionSchema>;
