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

export const locationSchema = z.object({
  id: locationIdSchema,
  boardId: boardIdSchema,
  name: z.string().min(1).max(200),
  street: z.string().max(200).optional(),
  houseNumber: z.string().max(40).optional(),
  /** Without a space: `5831CR`. */
  postalCode: z
    .string()
    .regex(/^[1-9][0-9]{3}[A-Z]{2}$/)
    .optional(),
  city: z.string().max(200).optional(),
  municipality: z.string().max(200).optional(),
  province: z.string().max(100).optional(),
  pupils: z.int().nonnegative().optional(),
});

export type Board = z.infer<typeof boardSchema>;
export type Location = z.infer<typeof locationSchema>;
export type Position = z.infer<typeof positionSchema>;
