// Silence, told apart as far as the data allow, and the silence that is beginning.
import type { EpochMs } from '#shared/model/units.ts';
import type { Evidence, TestEvidence } from '../evidence.ts';
import { DAY_MS } from '../window.ts';
import type { RuleReason } from './reason.ts';
import { lineDownReason, mostlyOffReason, stoppedReason } from './silence.ts';

/** After this many days without a sign of life a location is at risk of having no data. */
const AT_RISK_DAYS = 7;

/** Why there is no data; undefined when some test of the window has a result. */
export function noDataReason(
  evidence: Evidence,
  tests: readonly TestEvidence[],
  now: EpochMs,
): RuleReason | undefined {
  if (tests.some(({ download, upload }) => download ?? upload)) return undefined;
  const { watch } = evidence;
  const lineDown = lineDownReason(watch);
  if (lineDown !== undefined) return lineDown;
  const last = tests.at(-1);
  if (last !== undefined) return onlyFailures(tests, last.startedAt);
  if (evidence.devices.length === 0 && evidence.lastTestAt === undefined) {
    return { rule: 'no_device' };
  }
  const signAt = lastSignOf(evidence, tests);
  if (signAt !== undefined && isLongAgo(signAt, now)) {
    return stoppedReason(watch) ?? { rule: 'silent', detail: { since: iso(signAt) } };
  }
  const mostlyOff = mostlyOffReason(watch);
  if (mostlyOff !== undefined) return mostlyOff;
  return evidence.lastTestAt === undefined
    ? { rule: 'never_measured' }
    : { rule: 'no_tests', detail: { since: iso(evidence.lastTestAt) } };
}

/** Said beside a verdict that still stands on older tests. */
export function atRiskReason(
  evidence: Evidence,
  tests: readonly TestEvidence[],
  now: EpochMs,
): RuleReason | undefined {
  const signAt = lastSignOf(evidence, tests);
  if (signAt === undefined || !isLongAgo(signAt, now)) return undefined;
  return { rule: 'at_risk', detail: { since: iso(signAt) } };
}

function onlyFailures(tests: readonly TestEvidence[], lastAt: EpochMs): RuleReason {
  const counts = new Map<string, number>();
  for (const { failure = 'unknown_failure' } of tests) {
    counts.set(failure, (counts.get(failure) ?? 0) + 1);
  }
  const [main] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return {
    rule: 'only_failures',
    n: tests.length,
    detail: {
      failure: main?.[0] ?? 'unknown_failure',
      count: main?.[1] ?? 0,
      lastAt: iso(lastAt),
    },
  };
}

/** Newest contact of any device, or newest test. */
function lastSignOf(evidence: Evidence, tests: readonly TestEvidence[]): EpochMs | undefined {
  const signs = [
    ...evidence.devices.map(({ lastSignAt }) => lastSignAt),
    ...[evidence.lastTestAt, tests.at(-1)?.startedAt].filter((at) => at !== undefined),
  ];
  return signs.length === 0 ? undefined : Math.max(...signs);
}

function isLongAgo(at: EpochMs, now: EpochMs): boolean {
  return now - at > AT_RISK_DAYS * DAY_MS;
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}
