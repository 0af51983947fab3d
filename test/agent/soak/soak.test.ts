// Three days with a fault every three hours; `npm run soak` plays a month.
import { expect, test } from 'vitest';
import { FAULTS, soak } from '#test/soak/soak.ts';

test('whatever fails, every measurement is at the collector once, and the agent is back by itself', async () => {
  const { rows, taken, missing, invented, stored, ...report } = await soak({
    ...{ days: 3, seed: 40, everyHours: 3 },
  });
  expect(rows.map(({ fault }) => fault)).toEqual(FAULTS);
  expect(rows.every(({ times }) => times >= 2)).toBe(true);
  expect(Math.max(...rows.map(({ longestReconnectS }) => longestReconnectS))).toBeLessThan(720);
  expect({ missing, invented }).toEqual({ missing: [], invented: [] });
  expect(taken).toBeGreaterThan(60);
  expect(stored).toBeGreaterThanOrEqual(taken);
  expect(report.resent).toBeGreaterThan(0);
  expect(report).toMatchObject({ wrongTimes: 0, droppedRecords: 0 });
});
