// PDOK's Locatieserver, by a local server that answers in its shape (version 3.1).
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { locate } from '#collector/import/locate.ts';
import { askPdok } from '#collector/import/pdok.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { type OpenRegistry, openTestRegistry } from '#test/support/registry.ts';

const DAY_MS = 86_400_000;

/** An answer of the real one, with the fields that were asked for. */
const answer = (docs: readonly object[]) => ({
  response: {
    numFound: docs.length,
    start: 0,
    maxScore: 10.7,
    numFoundExact: true,
    docs,
  },
});
const PLACES: Readonly<Record<string, object>> = {
  'type:adres postcode:5831CR huisnummer:12': {
    type: 'adres',
    centroide_ll: 'POINT(5.94672345 51.64673456)',
  },
  'type:postcode postcode:9001ZZ': { type: 'postcode', centroide_ll: 'POINT(5.837 53.095)' },
};

let server: Server;
let opened: OpenRegistry;
let clock: FakeClock;
let asked: string[];
let reply: (filters: string) => { status: number; body: string };
beforeEach(async () => {
  clock = new FakeClock();
  opened = await openTestRegistry(clock);
  asked = [];
  reply = (filters) => {
    const place = PLACES[filters];
    return { status: 200, body: JSON.stringify(answer(place === undefined ? [] : [place])) };
  };
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const filters = url.searchParams.getAll('fq').join(' ');
    asked.push(filters);
    const isRight =
      url.pathname === '/search/v3_1/free' &&
      url.searchParams.get('fl') === 'type,centroide_ll' &&
      url.searchParams.get('rows') === '1';
    const { status, body } = isRight ? reply(filters) : { status: 400, body: 'wrong request' };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await opened[Symbol.asyncDispose]();
});

/** Time passes only where it is waited for between two questions. */
async function run() {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/search/v3_1`;
  const waits: number[] = [];
  const located = await locate({
    registry: opened.registry,
    ask: askPdok({ url, clock: systemClock }),
    clock: {
      now: () => clock.now(),
      sleep: async (ms) => {
        waits.push(ms);
      },
    },
  });
  return { ...located, waits };
}

async function addPlaces(): Promise<void> {
  await opened.registry.importLocations(
    [],
    [
      { id: '00AA00', boardId: '40001', name: 'Noord', postalCode: '9001ZZ', houseNumber: '3' },
      { id: '00AA01', boardId: '40001', name: 'Weg', postalCode: '1111AA' },
    ],
  );
}

test('an address, else its postcode, else nothing; each asked for once', async () => {
  await addPlaces();
  expect(await run()).toEqual({ found: 2, unknown: 1, withoutPostcode: 1, waits: [100, 100, 100] });
  expect(asked).toEqual([
    'type:adres postcode:9001ZZ huisnummer:3',
    'type:postcode postcode:9001ZZ',
    'type:postcode postcode:1111AA',
    'type:adres postcode:5831CR huisnummer:12',
  ]);
  expect((await opened.registry.location('16SW03'))?.coordinates).toEqual({
    ...{ latitude: 51.64673456, longitude: 5.94672345, source: 'pdok' },
  });
  asked = [];
  expect(await run()).toMatchObject({ found: 0, unknown: 1, withoutPostcode: 1 });
  expect(asked).toEqual([]);
  clock.step(91 * DAY_MS);
  await run();
  expect(asked).toEqual(['type:postcode postcode:1111AA']);
});

test('another location at the same address asks nobody', async () => {
  await run();
  asked = [];
  const { postalCode, houseNumber } = { postalCode: '5831CR', houseNumber: '12 bis' };
  await opened.registry.importLocations(
    [],
    [{ id: '77AA00', boardId: '40001', name: 'Medegebruik', postalCode, houseNumber }],
  );
  expect(await run()).toMatchObject({ found: 1 });
  expect(asked).toEqual([]);
});

test.each([
  ['a failing server', { status: 503, body: 'busy' }, /status 503/],
  ['a login page', { status: 200, body: '<html>' }, /otherwise than PDOK/],
  [
    'a point that is none',
    { status: 200, body: JSON.stringify(answer([{ type: 'adres', centroide_ll: 'POINT(x)' }])) },
    /otherwise than PDOK/,
  ],
  ['an endless answer', { status: 200, body: 'x'.repeat(100_000) }, /more than it should/],
])('%s is told, and what was found until then stays', async (_name, bad, message) => {
  await addPlaces();
  const good = reply;
  reply = (filters) => (filters.includes('5831CR') ? bad : good(filters));
  await expect(run()).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(message),
  });
  expect((await opened.registry.location('00AA00'))?.coordinates).toBeDefined();
  expect((await opened.registry.location('16SW03'))?.coordinates).toBeUndefined();
});
