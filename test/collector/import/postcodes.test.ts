import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberOf } from '#collector/import/postcodes.ts';
import { readFiles } from '#collector/import/read-files.ts';
import { rdToWgs84 } from '#collector/import/rijksdriehoek.ts';

const bytesOf = (name: string) => readFileSync(join(import.meta.dirname, 'files', name));
const points = (name: string, bytes: Uint8Array = bytesOf(name)) => {
  const [found] = readFiles([{ name, bytes }]).postcodes;
  if (found === undefined) throw new Error('no postcodes');
  return found;
};
const csv = (text: string) => new TextEncoder().encode(text);

// Points as Schreutelkamp and Strang van Hees publish them with their polynomial.
test.each([
  ['Amersfoort, Onze Lieve Vrouwetoren', 155_000, 463_000, 52.1551744, 5.38720621],
  ['Amsterdam, Westertoren', 120_700.723, 487_525.501, 52.37453253, 4.88352559],
  ['Groningen, Martinitoren', 233_883.131, 582_065.167, 53.21938317, 6.56820053],
])('%s lies where it is published to lie, within a metre', (_name, x, y, latitude, longitude) => {
  const point = rdToWgs84(x, y);
  expect(Math.abs(point.latitude - latitude) * 111_000).toBeLessThan(1);
  expect(Math.abs(point.longitude - longitude) * 68_000).toBeLessThan(1);
});

test('a kilometre on the grid is a kilometre on the globe, wherever in the country', () => {
  const metres = (a: ReturnType<typeof rdToWgs84>, b: ReturnType<typeof rdToWgs84>) => {
    const radians = Math.PI / 180;
    const north = (b.latitude - a.latitude) * radians;
    const east = (b.longitude - a.longitude) * radians * Math.cos(a.latitude * radians);
    return Math.hypot(north, east) * 6_378_137;
  };
  fc.assert(
    fc.property(
      fc.integer({ min: 15_000, max: 275_000 }),
      fc.integer({ min: 310_000, max: 615_000 }),
      fc.constantFrom([1000, 0], [0, 1000]),
      (x, y, [dx = 0, dy = 0]) => {
        const length = metres(rdToWgs84(x, y), rdToWgs84(x + dx, y + dy));
        // The sphere above is not the ellipsoid: half a percent at most.
        expect(Math.abs(length - 1000)).toBeLessThan(6);
      },
    ),
  );
});

test('an address has its own point, else the middle of its postcode', () => {
  const found = points('postcodes.csv');
  expect(found.at('5831CR', '12-a')).toEqual({ latitude: 51.6467, longitude: 5.9467 });
  expect(found.at('5831CR', '99')).toEqual({ latitude: 51.64665, longitude: 5.94665 });
  expect(found.at('5831CR', undefined)).toEqual({ latitude: 51.64665, longitude: 5.94665 });
  // There, but without coordinates.
  expect(found.at('1234AB', '1')).toBeUndefined();
  expect(found.at('9999ZZ', '1')).toBeUndefined();
});

test('x and y of the grid become degrees', () => {
  const point = points('postcodes-rd.csv').at('5831CR', '1');
  expect(point?.latitude).toBeCloseTo(51.6505, 3);
  expect(point?.longitude).toBeCloseTo(5.9365, 3);
});

test('swapped, missing and strange values are faults with their cell', () => {
  const read = (text: string) => () => points('x.csv', csv(text));
  expect(read('postcode;lat;lon\n5831CR;5.9;51.6\n')).toThrow(
    /line 2, column LAT: "5.9" lies outside the Netherlands .*swapped/,
  );
  expect(read('postcode;lat;lon\n5831CR;51.6;\n')).toThrow(/line 2, column LON: ""/);
  expect(read('postcode;lat;lon\n5831CR;51.646.6;5.9\n1234AB;abc;5.9\n')).toThrow(
    /column LAT: "51\.646\.6" is no number.*line 3, column LAT: "abc" is no number/s,
  );
  expect(read('postcode;lat;lon\n5831;51.6;5.9\n')).toThrow(/"5831" is no postcode/);
  expect(read('postcode;x\n5831CR;193000\n')).toThrow(/column Y: is missing \(.*RD Y/);
  expect(read('postcode;x;y\n5831CR;407000;193000\n')).toThrow(/column X: "407000" lies outside/);
});

test('house numbers are compared by their number', () => {
  expect(['12-a', ' 12 A', '012', '12/14', 'boot'].map(numberOf)).toEqual([
    ...['12', '12', '12', '12'],
    'BOOT',
  ]);
});
