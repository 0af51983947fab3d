import { expect, test } from 'vitest';
import { seededRandom } from '#test/support/seeded-random.ts';
import {
  drawLine,
  isWrong,
  type TestedLine,
  type Told,
  verdictsTable,
  wrongShares,
} from './tests.ts';

const LINE: TestedLine = { share: { download: 0.95, upload: 1.05 }, rttMs: 1, loss: 0 };
const TOLD = { line: LINE, flags: [], bytes: 20e6 } as const;

test('every line drawn lies at least 5% from the norm, on both sides of it', () => {
  const random = seededRandom(1);
  const shares = Array.from({ length: 500 }, () => drawLine(random)).flatMap(({ share }) => [
    share.download,
    share.upload,
  ]);
  expect(shares.every((share) => share <= 0.95 || share >= 1.05)).toBe(true);
  expect(shares.filter((share) => share < 1).length).toBeGreaterThan(400);
  expect(shares.filter((share) => share > 1).length).toBeGreaterThan(400);
});

test('a pass below and a fail above are wrong, undecided is neither', () => {
  expect(isWrong('pass', 0.95)).toBe(true);
  expect(isWrong('fail', 1.05)).toBe(true);
  expect(isWrong('inconclusive', 0.95)).toBe(false);
  expect(isWrong('fail', 0.95)).toBe(false);
});

test('a fail that its second run takes back is wrong once, and not when confirmed', () => {
  const all: Told[] = [
    { ...TOLD, direction: 'upload', first: 'fail', settled: 'pass' },
    { ...TOLD, direction: 'upload', first: 'pass', settled: 'pass' },
    { ...TOLD, direction: 'download', first: 'pass', settled: 'pass', flags: ['cpu_limited'] },
    { ...TOLD, direction: 'download', first: 'inconclusive', settled: 'inconclusive' },
  ];
  expect(verdictsTable(all).split('\n').slice(2)).toEqual([
    '| download | 80–95% | 2 | 1 | 0 | 1 | 0 | 1 | 1 | 20.0 |',
    '| upload | 105–130% | 2 | 1 | 1 | 0 | 0 | 1 | 0 | 20.0 |',
  ]);
  expect(wrongShares(all)).toMatch(/wrong: 1 of 4 .*\nfalse fails: 0 of 4/);
});
