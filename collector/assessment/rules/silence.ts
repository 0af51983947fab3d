// Why there are no results, as the agents' own watch tells it: the line was down, or the device was
// off. Where it tells too little, nothing is said.
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { WatchEvidence } from '../../availability/watch-evidence.ts';
import type { RuleReason } from './reason.ts';

const HOUR_MS: Ms = 3_600_000;
/** An hour in four weeks is no reason for a window without a result. */
const LEAST_MS: Ms = 24 * HOUR_MS;

/** The line was down for most of the time in which it was observed. */
export function lineDownReason(watch: WatchEvidence | undefined): RuleReason | undefined {
  if (watch === undefined) return undefined;
  const { lineDownMs, upMs, lineDownSince } = watch;
  if (lineDownMs < LEAST_MS || lineDownMs <= upMs || lineDownSince === undefined) return undefined;
  return {
    rule: 'line_down',
    observed: lineDownMs / (lineDownMs + upMs),
    detail: { hours: Math.round(lineDownMs / HOUR_MS), since: iso(lineDownSince) },
  };
}

/** The last that was heard of is that the agent was stopped. */
export function stoppedReason(watch: WatchEvidence | undefined): RuleReason | undefined {
  if (watch?.stoppedAt === undefined) return undefined;
  return { rule: 'device_off', detail: { since: iso(watch.stoppedAt) } };
}

/** It is there again, but ran for less than half of the time. */
export function mostlyOffReason(watch: WatchEvidence | undefined): RuleReason | undefined {
  if (watch === undefined) return undefined;
  const { offMs, upMs, lineDownMs } = watch;
  if (offMs < LEAST_MS || offMs <= upMs + lineDownMs) return undefined;
  return { rule: 'device_off', detail: { hours: Math.round(offMs / HOUR_MS) } };
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}
