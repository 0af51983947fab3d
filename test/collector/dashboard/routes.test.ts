import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  locationPath,
  nextPath,
  routeOf,
  signInPath,
} from '#collector/dashboard/src/lib/routes.ts';

test.each([
  ['/', { page: 'locations' }],
  ['/incidents', { page: 'incidents' }],
  ['/incidents/1', { page: 'not-found' }],
  ['/login', { page: 'sign-in' }],
  ['/setup', { page: 'setup' }],
  ['/locations/16SW03', { page: 'location', id: '16SW03' }],
  ['/locations/16SW03/', { page: 'location', id: '16SW03' }],
  ['/locations', { page: 'not-found' }],
  ['/locations/16SW03/devices', { page: 'not-found' }],
  ['/locations/%E0%A4%A', { page: 'not-found' }],
  ['/nergens', { page: 'not-found' }],
])('%s', (path, route) => {
  expect(routeOf(path)).toEqual(route);
});

test('the address of a location leads back to it, whatever its code', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (id) => {
      expect(routeOf(locationPath(id))).toEqual({ page: 'location', id });
    }),
  );
});

test('signing in leads back to the page that was asked for', () => {
  for (const wanted of ['/', '/locations/16SW03?period=week', '/?q=a%26b&page=2']) {
    expect(nextPath(new URL(signInPath(wanted), 'http://meet.example').search)).toBe(wanted);
  }
});

test('signing in never leads to another site, nor round in a circle', () => {
  const start = fc.constantFrom('', '/', '//', '/\\', '\\', 'https://', 'javascript:', '/login');
  fc.assert(
    fc.property(start, fc.webUrl(), fc.string(), (before, url, after) => {
      for (const next of [`${before}${url}`, `${before}${after}`, `${before}evil.example`]) {
        const path = nextPath(`?${new URLSearchParams({ next })}`);
        expect(new URL(path, 'http://meet.example').origin).toBe('http://meet.example');
        expect(path.startsWith('/login')).toBe(false);
      }
    }),
  );
});
