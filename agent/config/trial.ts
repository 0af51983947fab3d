// A configuration from the collector, from its offer to its proof: kept as good once the agent is
// welcome under it, and dropped for the one before when it is not. Pure.
import { z } from 'zod';
import {
  type Configuration,
  configurationOutcomeSchema,
  configurationSchema,
  type NumberedConfiguration,
  numberedConfigurationSchema,
} from '#shared/model/configuration.ts';

export const configurationStateSchema = z.object({
  /** The last one under which the agent was welcome; absent: as installed. */
  good: numberedConfigurationSchema.optional(),
  /** In use, and not yet proved. */
  trial: numberedConfigurationSchema.extend({ starts: z.int().nonnegative() }).optional(),
  /** The last one that could not be kept. */
  refused: z
    .object({
      version: z.int().positive(),
      outcome: configurationOutcomeSchema,
      reason: z.string(),
    })
    .optional(),
});
export type ConfigurationState = Readonly<z.infer<typeof configurationStateSchema>>;

/** What this device's own settings and enrolment say. */
export interface Installed {
  /** Where it enrolled. */
  readonly collector: string;
  /** A setting of its own, which nobody changes from afar. */
  readonly fixedCollector?: string | undefined;
}

export const AS_INSTALLED: ConfigurationState = {};
/** An agent that ends again and again under a trial is cut off too. */
const MAX_STARTS = 3;
const MAX_REASON = 500;

export function current(state: ConfigurationState): NumberedConfiguration | undefined {
  return state.trial ?? state.good;
}

export function collectorUnder(state: ConfigurationState, installed: Installed): string {
  const { fixedCollector, collector } = installed;
  return fixedCollector ?? current(state)?.configuration.collector ?? collector;
}

/** `raw`: as it came over the wire. A version that is known is not tried again. */
export function offered(
  state: ConfigurationState,
  version: number,
  raw: unknown,
  installed: Installed,
): ConfigurationState {
  if (current(state)?.version === version || state.refused?.version === version) return state;
  const parsed = configurationSchema.safeParse(raw);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) => `${path.length === 0 ? 'configuration' : path.join('.')}: ${message}`,
    );
    return refuse(state, version, 'invalid', faults.join('; '));
  }
  const configuration = parsed.data;
  const fault = faultOf(configuration, collectorUnder(state, installed), installed);
  if (fault !== undefined) return refuse(state, version, 'invalid', fault);
  const next: NumberedConfiguration = { version, configuration };
  const { trial: _, ...before } = state;
  return changesWay(current(state)?.configuration ?? {}, configuration)
    ? { ...before, trial: { ...next, starts: 0 } }
    : { ...before, good: next };
}

/** The collector welcomed the agent under it. */
export function proved(state: ConfigurationState): ConfigurationState {
  if (state.trial === undefined) return state;
  const { trial, ...rest } = state;
  const { version, configuration } = trial;
  return { ...rest, good: { version, configuration } };
}

export function rolledBack(state: ConfigurationState, reason: string): ConfigurationState {
  if (state.trial === undefined) return state;
  const { trial, ...rest } = state;
  return refuse(rest, trial.version, 'rolled_back', reason);
}

/** The agent starts; a trial goes on, but not for ever. */
export function started(state: ConfigurationState): ConfigurationState {
  if (state.trial === undefined) return state;
  const starts = state.trial.starts + 1;
  if (starts > MAX_STARTS) {
    return rolledBack(state, `the agent ended ${starts} times before the collector welcomed it`);
  }
  return { ...state, trial: { ...state.trial, starts } };
}

function faultOf(
  { collector }: Configuration,
  now: string,
  { fixedCollector }: Installed,
): string | undefined {
  if (collector === undefined) return undefined;
  if (fixedCollector !== undefined) {
    return "collector: this device's own settings name it (MEETNET_COLLECTOR); change it there";
  }
  const isWeaker = now.startsWith('https:') && collector.startsWith('http:');
  return isWeaker ? 'collector: may not go from https to http' : undefined;
}

function changesWay(before: Configuration, after: Configuration): boolean {
  return before.collector !== after.collector || before.uplink !== after.uplink;
}

function refuse(
  state: ConfigurationState,
  version: number,
  outcome: 'invalid' | 'rolled_back',
  reason: string,
): ConfigurationState {
  return { ...state, refused: { version, outcome, reason: reason.slice(0, MAX_REASON) } };
}
