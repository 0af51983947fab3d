// A configuration from the collector, from its offer to its proof: kept as good once the agent is
// welcome under it, and dropped for the one before when it is not. Pure.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type Configuration,
  configurationOutcomeSchema,
  configurationSchema,
  numberedConfigurationSchema,
} from '#shared/model/configuration.ts';

/** Collectors number by themselves: the same number of another one is another configuration. */
const offerSchema = z.object({
  /** Base URL where it was offered last. */
  collector: z.string(),
  /** Of what was offered, to the letter but for the order of its keys. */
  sha256: z.string(),
});
type Offer = Readonly<z.infer<typeof offerSchema>>;

/** With the collector that it inherited; `offer` is absent in files of older agents. */
const heldSchema = numberedConfigurationSchema.extend({ offer: offerSchema.optional() });

export const configurationStateSchema = z.object({
  /** The last one under which the agent was welcome; absent: as installed. */
  good: heldSchema.optional(),
  /** In use, and not yet proved. */
  trial: heldSchema.extend({ starts: z.int().nonnegative() }).optional(),
  /** The last one that could not be used or kept. */
  refused: z
    .object({
      version: z.int().positive(),
      offer: offerSchema.optional(),
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

export function current(state: ConfigurationState): ConfigurationState['good'] {
  return state.trial ?? state.good;
}

export function collectorUnder(state: ConfigurationState, installed: Installed): string {
  const { fixedCollector, collector } = installed;
  return fixedCollector ?? current(state)?.configuration.collector ?? collector;
}

/** Those that the collector of now numbered; others' numbers mean nothing to it. */
export function knownThere(
  state: ConfigurationState,
  installed: Installed,
): Pick<ConfigurationState, 'good' | 'trial' | 'refused'> {
  const here = collectorUnder(state, installed);
  const { good, trial, refused } = state;
  const isOf = (held: { readonly offer?: Offer | undefined } | undefined) =>
    held?.offer?.collector === here;
  return {
    ...(isOf(good) ? { good } : {}),
    ...(isOf(trial) ? { trial } : {}),
    ...(isOf(refused) ? { refused } : {}),
  };
}

/**
 * `raw`: as it came over the wire. One that is known, by its version and what it says, is not tried
 * again. One that names no collector stays with that of the last good one: only an address leads
 * away from where the agent is welcome.
 */
export function offered(
  state: ConfigurationState,
  version: number,
  raw: unknown,
  installed: Installed,
): ConfigurationState {
  const offer = { collector: collectorUnder(state, installed), sha256: sha256Of(raw) };
  const known = offeredBefore(state, version, offer);
  if (known !== undefined) return known;
  const parsed = configurationSchema.safeParse(raw);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) => `${path.length === 0 ? 'configuration' : path.join('.')}: ${message}`,
    );
    return refused(state, { version, offer }, 'invalid', faults.join('; '));
  }
  const fault = faultOf(parsed.data, offer.collector, installed);
  if (fault !== undefined) return refused(state, { version, offer }, 'invalid', fault);
  const { trial: _, ...before } = state;
  const collector = parsed.data.collector ?? before.good?.configuration.collector;
  const configuration = { ...parsed.data, ...(collector === undefined ? {} : { collector }) };
  const next = { version, configuration, offer };
  return changesWay(current(state)?.configuration ?? {}, configuration)
    ? { ...before, trial: { ...next, starts: 0 } }
    : { ...before, good: next };
}

/** The collector welcomed the agent under it. */
export function proved(state: ConfigurationState): ConfigurationState {
  if (state.trial === undefined) return state;
  const { trial, ...rest } = state;
  const { starts: _, ...good } = trial;
  return { ...rest, good };
}

/** It is not used, and the collector hears why. */
export function refused(
  state: ConfigurationState,
  { version, offer }: { readonly version: number; readonly offer?: Offer | undefined },
  outcome: 'invalid' | 'rolled_back',
  reason: string,
): ConfigurationState {
  return {
    ...state,
    refused: {
      ...{ version, outcome, reason: reason.slice(0, MAX_REASON) },
      ...(offer === undefined ? {} : { offer }),
    },
  };
}

export function rolledBack(state: ConfigurationState, reason: string): ConfigurationState {
  if (state.trial === undefined) return state;
  const { trial, ...rest } = state;
  return refused(rest, trial, 'rolled_back', reason);
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

/** Undefined: it is new. The same state: there is nothing to be kept of it. */
function offeredBefore(
  state: ConfigurationState,
  version: number,
  offer: Offer,
): ConfigurationState | undefined {
  const using = state.trial === undefined ? 'good' : 'trial';
  for (const which of [using, 'refused'] as const) {
    const held = state[which];
    if (held?.version !== version || held.offer?.sha256 !== offer.sha256) continue;
    if (held.offer.collector === offer.collector) return state;
    return { ...state, [which]: { ...held, offer } };
  }
  return undefined;
}

function sha256Of(raw: unknown): string {
  const text = JSON.stringify(raw, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
  return createHash('sha256')
    .update(text ?? '')
    .digest('hex');
}
