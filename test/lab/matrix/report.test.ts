import { expect, test } from 'vitest';
import { type LineCounts, parseCounts, shapedMbps } from '../line/counts.ts';
import type { Row } from './cell.ts';
import { plateauMbps, wholeMbps, windowMbps } from './load.ts';
import { lineError, loadError, quantile, rowTable, summarise, summaryTable } from './report.ts';
import { verdictTable } from './verdicts.ts';

/** Counters every 50 ms of a load of `mbps(t)` downwards. */
function counts(seconds: number, mbps: (second: number) => number): LineCounts[] {
  let inBytes = 0;
  return Array.from({ length: seconds * 20 }, (_, i) => {
    inBytes += (mbps(i / 20) * 1e6 * 0.05) / 8;
    const way = { inBytes, outBytes: inBytes, lostBytes: 0 };
    return { atMs: 1000 + i * 50, down: way, up: { inBytes: 0, outBytes: 0, lostBytes: 0 } };
  });
}

const ROW: Row = {
  ...{ rateMbps: 500, upShare: 1, rttMs: 10, loss: 0, tool: 'a', run: 1, way: 'down' },
  ...{ mbps: 490, shapedMbps: 500, wholeMbps: 450, megabytes: 100, seconds: 5, cpuSeconds: 1 },
};

test('a line of counters is read, and anything else refused with its text', () => {
  expect(parseCounts('12.5 100 90 10 7 7 0')).toEqual({
    atMs: 12.5,
    down: { inBytes: 100, outBytes: 90, lostBytes: 10 },
    up: { inBytes: 7, outBytes: 7, lostBytes: 0 },
  });
  expect(() => parseCounts('12.5 100 90')).toThrow(/seven numbers, not "12.5 100 90"/);
});

test('the plateau is the load without its slow start, and a short load elsewhere is not it', () => {
  const line = counts(20, (s) =>
    s > 1 && s < 1.4 ? 90 : s >= 5 && s < 15 ? Math.min(100, 20 * (s - 4)) : 0,
  );
  expect(plateauMbps(line, 'down')).toBeCloseTo(100, 0);
  expect(wholeMbps(line, 'down')).toBeLessThan(97);
  // Counted from where its bytes begin, not from where they are many.
  expect(windowMbps(line, 'down', [0, 4_000])).toBeCloseTo(59.5, 1);
  expect(windowMbps(line, 'down', [4_000, 9_000])).toBeCloseTo(100, 0);
  expect(windowMbps(line, 'up', [0, 1_000])).toBe(0);
  expect(plateauMbps(line, 'up')).toBe(0);
  expect(plateauMbps([], 'down')).toBe(0);
  expect(shapedMbps(line, 'down', 11_000, 14_000)).toBeCloseTo(100, 1);
});

test('the truth of a cell is what its fullest load had; a paced figure is no error', () => {
  const rows: Row[] = [
    ROW,
    { ...ROW, tool: 'b', mbps: 200, shapedMbps: 210, wholeMbps: 205 },
    { ...ROW, tool: 'c', mbps: 300, atLeast: true, shapedMbps: 300, wholeMbps: 300 },
    { ...ROW, tool: 'd', rttMs: 40, mbps: 40, shapedMbps: 40, wholeMbps: 40 },
  ];
  expect(rows.map((row) => lineError(row, rows)?.toFixed(3))).toEqual([
    ...['-0.020', '-0.600', undefined, '0.000'],
  ]);
  expect(loadError({ ...ROW, mbps: 450 })).toBe(0);
  expect(loadError({ ...ROW, wholeMbps: 100 })).toBeCloseTo(-0.02);
  expect(loadError({ ...ROW, windowMbps: 490 })).toBe(0);
  const [a, b] = summarise(rows);
  expect(a).toMatchObject({ tool: 'a', runs: 1, missing: 0, megabytesP50: 100 });
  expect(b?.line.worst).toBeCloseTo(0.6);
  expect(rowTable(rows).split('\n')).toHaveLength(6);
  expect(summaryTable(rows)).toContain('| c | 1 | 0 | – |');
});

test('a tool without a figure is counted as missing, not as right', () => {
  const { mbps: _, ...silent } = ROW;
  expect(summarise([{ ...silent, error: 'it broke' }])[0]).toMatchObject({ missing: 1 });
  expect(rowTable([{ ...silent, error: 'it broke' }])).toContain('it broke');
});

test('verdicts are right or wrong only where the line is clear of the norm', () => {
  const said = (rateMbps: number, outcome: string, way: 'down' | 'up' = 'down') =>
    ({ ...ROW, rateMbps, upShare: 0.08, outcome, way }) satisfies Row;
  const rows = [
    ...[said(475, 'fail'), said(475, 'pass'), said(525, 'fail'), said(525, 'pass')],
    ...[said(500, 'inconclusive'), said(475, 'inconclusive', 'up'), said(525, 'pass', 'up')],
    { ...said(525, 'fail'), flags: ['cpu_limited'] },
  ];
  expect(verdictTable(rows).split('\n').slice(2)).toEqual([
    '| a | down | ≤ 95% | 2 | 1 | 1 | 0 | 1 |',
    '| a | down | between | 1 | 0 | 0 | 1 | 0 |',
    '| a | down | ≥ 105% | 3 | 1 | 2 | 0 | 2 |',
    '| a | up | ≤ 95% | 1 | 0 | 0 | 1 | 0 |',
    '| a | up | ≥ 105% | 1 | 1 | 0 | 0 | 0 |',
  ]);
});

test('quantiles are values that were there', () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([3, 1, 2], 0.95)).toBe(3);
  expect(quantile([], 0.5)).toBeNaN();
});
