// Neighbours found by the grid are those that comparing every pair finds.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distanceKm, neighboursWithin, type Placed } from '#collector/planning/geography.ts';

const AMSTERDAM = { latitude: 52.3731, longitude: 4.8922 };
const MAASTRICHT = { latitude: 50.8514, longitude: 5.691 };

/** In and around the Netherlands, and far from it, both hemispheres. */
const place = fc.oneof(
  fc.record({
    latitude: fc.double({ min: 50.7, max: 53.6, noNaN: true }),
    longitude: fc.double({ min: 3.3, max: 7.3, noNaN: true }),
  }),
  fc.record({
    latitude: fc.double({ min: -80, max: 80, noNaN: true }),
    longitude: fc.double({ min: -175, max: 175, noNaN: true }),
  }),
);
const places = fc
  .array(place, { maxLength: 40 })
  .map((all) => all.map((coordinates, at): Placed => ({ id: `p${at}`, coordinates })));
const radius = fc.oneof(
  fc.double({ min: 0, max: 50, noNaN: true }),
  fc.constantFrom(0.001, 1, 5, 500),
);

test('distances are those of a sphere of the Earth’s size', () => {
  // A degree along a meridian is 111.195 km; Amsterdam–Maastricht is 177.6 km by the ellipsoid.
  expect(distanceKm({ latitude: 52, longitude: 5 }, { latitude: 53, longitude: 5 })).toBeCloseTo(
    111.195,
    2,
  );
  expect(distanceKm(AMSTERDAM, MAASTRICHT)).toBeGreaterThan(176.7);
  expect(distanceKm(AMSTERDAM, MAASTRICHT)).toBeLessThan(178.5);
  expect(distanceKm(AMSTERDAM, AMSTERDAM)).toBe(0);
  expect(distanceKm(MAASTRICHT, AMSTERDAM)).toBeCloseTo(distanceKm(AMSTERDAM, MAASTRICHT), 9);
});

test('the grid finds what comparing every pair finds, nearest first', () => {
  fc.assert(
    fc.property(places, radius, (all, radiusKm) => {
      const expected = all.map(({ id, coordinates }) => [
        id,
        all
          .filter((other) => other.id !== id)
          .map((other) => ({
            id: other.id,
            distanceKm: distanceKm(coordinates, other.coordinates),
          }))
          .filter((near) => near.distanceKm <= radiusKm)
          .sort((a, b) => a.distanceKm - b.distanceKm || (a.id < b.id ? -1 : 1)),
      ]);
      expect([...neighboursWithin(all, radiusKm)].sort()).toEqual(expected.sort());
    }),
    { numRuns: 500 },
  );
});

test('neighbours among some are those of all that are among them', () => {
  fc.assert(
    fc.property(places, radius, (all, radiusKm) => {
      const some = all.filter((_, at) => at % 3 === 0);
      const ids = new Set(some.map(({ id }) => id));
      const expected = [...neighboursWithin(all, radiusKm)].map(([id, near]) => [
        id,
        near.filter((other) => ids.has(other.id)),
      ]);
      expect([...neighboursWithin(all, radiusKm, some)]).toEqual(expected);
    }),
  );
});
