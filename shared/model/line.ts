// A line: one internet connection of a location.
import { z } from 'zod';

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
