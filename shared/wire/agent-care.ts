// The API by which operators look after agents from afar: their configuration, and a test now.
import { z } from 'zod';
import { configurationOutcomeSchema, configurationSchema } from '../model/configuration.ts';
import { testProgressSchema } from './uplink.ts';

export const configurationRequestSchema = z.strictObject({
  /** Absent: for all agents. */
  deviceId: z.uuid().optional(),
  configuration: configurationSchema,
});
export const configurationReplySchema = z.object({ version: z.int().positive() });

/** What a device is to run by: the newest of its own and of those for all. */
export const deviceConfigurationSchema = z.object({
  version: z.int().positive().nullable(),
  configuration: configurationSchema,
  createdAt: z.iso.datetime().nullable(),
  /** Null until the device has answered. */
  outcome: configurationOutcomeSchema.nullable(),
  /** Why it is not in use. */
  reason: z.string().nullable(),
});
export type DeviceConfiguration = z.infer<typeof deviceConfigurationSchema>;

export const askedTestSchema = z.object({
  requestId: z.string(),
  askedAt: z.iso.datetime(),
  /** Null until the device has answered. */
  progress: testProgressSchema.nullable(),
});
export type AskedTest = z.infer<typeof askedTestSchema>;
