import { expect, test } from 'vitest';
import { presentKindOf } from '#collector/dossiers/present-kind.ts';
import type { Line } from '#shared/model/line.ts';

const line = (change: Partial<Line>): Line => ({
  ...{ id: 'l', locationId: '16SW03', name: 'hoofdlijn', role: 'main', kind: 'copper' },
  ...{ createdAt: 0, endedAt: null },
  ...change,
});

test('is that of the running main lines, and unknown where they differ or are none', () => {
  expect(presentKindOf([line({})])).toBe('copper');
  expect(presentKindOf([line({}), line({ kind: 'mobile', role: 'backup' })])).toBe('copper');
  expect(presentKindOf([line({ kind: 'cable', endedAt: 1 }), line({})])).toBe('copper');
  expect(presentKindOf([line({}), line({})])).toBe('copper');
  expect(presentKindOf([line({}), line({ kind: 'fibre' })])).toBe('unknown');
  expect(presentKindOf([])).toBe('unknown');
});
