// Which release a device is offered, over any list of them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Candidate,
  chooseRelease,
  REFUSED_FOR_MS,
} from '#collector/releases/choose-release.ts';
import { isInShare } from '#shared/release/rollout.ts';
import { isNewer } from '#shared/release/version-order.ts';
import type { ReleaseOutcome } from '#shared/wire/uplink.ts';

const candidate = fc.record({
  version: fc.nat(6).map((minor) => `0.${minor}.0`),
  share: fc.constantFrom(0, 10, 50, 100),
  withdrawnAt: fc.constantFrom(null, 1),
  allowDowngrade: fc.boolean(),
});
const releases = fc.uniqueArray(candidate, { selector: ({ version }) => version });
const ID = '018f3c5e-7b1a-7000-8000-000000000001';
const open = (version: string, rest: Partial<Candidate> = {}): Candidate => ({
  ...{ version, share: 100, withdrawnAt: null, allowDowngrade: false },
  ...rest,
});
const offered = (list: readonly Candidate[], version: string, refused: readonly string[] = []) =>
  chooseRelease(
    list,
    { id: ID, version },
    refused.map((each) => ({ version: each, outcome: 'rolled_back' as const, answeredAt: 0 })),
    REFUSED_FOR_MS,
  )?.version;

test('never one that is withdrawn, refused, for others, running, or older without leave', () => {
  fc.assert(
    fc.property(releases, fc.uuid(), fc.nat(6), fc.nat(6), (list, id, minor, refused) => {
      const version = `0.${minor}.0`;
      const answers = [{ version: `0.${refused}.0`, outcome: 'refused' as const, answeredAt: 0 }];
      const due = chooseRelease(list, { id, version }, answers, REFUSED_FOR_MS - 1);
      if (due === undefined) return;
      expect(due.withdrawnAt).toBeNull();
      expect(isInShare(id, due.version, due.share)).toBe(true);
      expect([version, `0.${refused}.0`]).not.toContain(due.version);
      expect(due.allowDowngrade || isNewer(due.version, version)).toBe(true);
    }),
  );
});

test('the last published first; one that was refused makes way for the one before', () => {
  const list = [open('0.4.0', { share: 0 }), open('0.3.0'), open('0.2.0')];
  expect(offered(list, '0.1.0')).toBe('0.3.0');
  expect(offered(list, '0.1.0', ['0.3.0'])).toBe('0.2.0');
  expect(offered(list, '0.2.0', ['0.3.0'])).toBeUndefined();
  expect(offered(list, '0.3.0')).toBeUndefined();
  expect(offered([open('0.1.5', { allowDowngrade: true }), ...list], '0.3.0')).toBe('0.1.5');
});

test('a refusal holds for a day, going back for good, waiting not at all', () => {
  const due = (outcome: ReleaseOutcome, now: number) =>
    chooseRelease(
      [open('0.2.0')],
      { id: ID, version: '0.1.0' },
      [{ version: '0.2.0', outcome, answeredAt: 5 }],
      now,
    )?.version;
  expect(due('refused', 5)).toBeUndefined();
  expect(due('refused', 4 + REFUSED_FOR_MS)).toBeUndefined();
  expect(due('refused', 5 + REFUSED_FOR_MS)).toBe('0.2.0');
  expect(due('rolled_back', 1_000 * REFUSED_FOR_MS)).toBeUndefined();
  expect(due('waiting', 5)).toBe('0.2.0');
});
