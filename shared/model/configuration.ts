// What a collector may change of an agent that stands in a cupboard: how it is reached, and what is
// asked of it beyond the plan for all. Everything is optional; what is absent is as it was installed.
import { z } from 'zod';
import { planSchema } from './plan.ts';

export const UPLINK_MODES = ['auto', 'websocket', 'https'] as const;

export const configurationSchema = z.strictObject({
  /** Base URL of the collector from now on: it has moved. */
  collector: z
    .url({ protocol: /^https?$/ })
    .max(300)
    .optional(),
  /** How it is reached. */
  uplink: z.enum(UPLINK_MODES).optional(),
  /** In the place of the plan's. */
  throughput: planSchema.shape.throughput.optional(),
  budget: planSchema.shape.budget.optional(),
});
export type Configuration = Readonly<z.infer<typeof configurationSchema>>;

export const numberedConfigurationSchema = z.object({
  /** Another number, another configuration; which is newer is the collector's affair. */
  version: z.int().positive(),
  configuration: configurationSchema,
});
export type NumberedConfiguration = Readonly<z.infer<typeof numberedConfigurationSchema>>;

/** `rolled_back`: it cut the agent off from the collector, or would not run. */
export const CONFIGURATION_OUTCOMES = ['applied', 'invalid', 'rolled_back'] as const;
export const configurationOutcomeSchema = z.enum(CONFIGURATION_OUTCOMES);
export type ConfigurationOutcome = z.infer<typeof configurationOutcomeSchema>;
