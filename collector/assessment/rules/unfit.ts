// Is the set-up itself what falls short? Then nothing is said of the line but what to mend.
import type { Flag } from '#shared/model/measurement.ts';
import type { TestEvidence } from '../evidence.ts';
import { ODDITIES, type Oddity } from '../plausible.ts';
import type { RuleId, RuleReason } from './reason.ts';

/** The flags that the device or its port earns, each with the rule that says what to mend. */
const DEVICE_FLAGS = {
  nic_limited: 'mend_nic_limited',
  cpu_limited: 'mend_cpu_limited',
  wifi: 'mend_wifi',
} as const satisfies Partial<Record<Flag, RuleId>>;
type DeviceFlag = keyof typeof DEVICE_FLAGS;
const FLAGS = Object.keys(DEVICE_FLAGS) as DeviceFlag[];

/** The same for figures that cannot be. */
const ODDITY_RULES: Readonly<Record<Oddity, RuleId>> = {
  figures_disagree: 'mend_figures',
  figures_repeat: 'mend_figures',
  figures_erratic: 'mend_figures',
  directions_swapped: 'mend_swapped',
};

/** "Most" of one or two tests is no statement about a device. */
const MIN_TESTS = 3;
const MOST = 0.5;

/**
 * The reasons why the set-up is unfit; empty when it is not. It is when most tests of every
 * device that measures here carry a device's flag and some of those did not pass: a second,
 * fit device makes the location judgeable, and a flag on a pass spoils nothing. Figures that cannot
 * be spoil a test whatever they say.
 */
export function unfitReasons(tests: readonly TestEvidence[]): readonly RuleReason[] {
  const comparable = tests.filter((test) => hasResult(test) && isOfDeviceOrSound(test));
  const devices = [...Map.groupBy(comparable, ({ deviceId }) => deviceId).values()].filter(
    (own) => own.length >= MIN_TESTS,
  );
  if (devices.length === 0 || !devices.every(isUnfit)) return [];
  const judged = devices.flat();
  const flagged = judged.filter(isOfDevice);
  const counts = [
    ...FLAGS.map((flag) => ({
      flag,
      rule: DEVICE_FLAGS[flag],
      n: judged.filter(({ flags }) => flags.includes(flag)).length,
    })),
    ...ODDITIES.map((flag) => ({
      flag,
      rule: ODDITY_RULES[flag],
      n: judged.filter(({ oddity }) => oddity === flag).length,
    })),
  ]
    .filter(({ n }) => n > 0)
    .sort((a, b) => b.n - a.n);
  return [
    {
      rule: 'device_unfit',
      observed: flagged.length / judged.length,
      required: MOST,
      n: judged.length,
      detail: {
        flagged: flagged.length,
        ...Object.fromEntries(counts.map(({ flag, n }) => [flag, n])),
      },
    },
    ...counts.map((count) => mendReason(count, judged)),
  ];
}

interface Mend {
  readonly flag: DeviceFlag | Oddity;
  readonly rule: RuleId;
  readonly n: number;
}

function mendReason({ flag, rule, n }: Mend, tests: readonly TestEvidence[]): RuleReason {
  const slow = tests.filter(
    ({ flags, tooSlow }) => flags.includes('cpu_limited') && tooSlow !== undefined,
  );
  const last = slow.at(-1)?.tooSlow?.[0];
  if (flag !== 'cpu_limited' || last === undefined || slow.length <= MOST * n) {
    return { rule, n };
  }
  const { direction, calibrated, needed } = last;
  return { rule: 'mend_too_slow', direction, observed: calibrated, required: needed, n };
}

function isUnfit(tests: readonly TestEvidence[]): boolean {
  const flagged = tests.filter(isOfDevice);
  return flagged.length > MOST * tests.length && flagged.some((test) => !isPass(test));
}

function hasResult({ download, upload }: TestEvidence): boolean {
  return download !== undefined || upload !== undefined;
}

/** What something else spoilt says neither that a device is fit nor that it is not. */
function isOfDeviceOrSound(test: TestEvidence): boolean {
  return test.flags.length === 0 || isOfDevice(test);
}

function isOfDevice({ flags, oddity }: TestEvidence): boolean {
  return oddity !== undefined || flags.some((flag) => flag in DEVICE_FLAGS);
}

function isPass({ download, upload, oddity }: TestEvidence): boolean {
  return oddity === undefined && download?.outcome === 'pass' && upload?.outcome === 'pass';
}
