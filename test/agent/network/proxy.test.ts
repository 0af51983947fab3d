// The environment's proxies, as curl and Node read them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { proxyFor } from '#agent/network/proxy.ts';

const COLLECTOR = new URL('https://meet.example.nl/');
const PROXY = { HTTPS_PROXY: 'http://proxy.example:3128' };

test.each([
  [{}, undefined],
  [PROXY, 'proxy.example:3128'],
  [{ https_proxy: 'proxy.example' }, 'proxy.example:80'],
  [{ https_proxy: 'https://proxy.example' }, 'proxy.example:443'],
  [{ ALL_PROXY: 'http://[2001:db8::1]:8080' }, '2001:db8::1:8080'],
  // Small letters win, and what is empty is not there.
  [{ https_proxy: 'http://a.example:1', HTTPS_PROXY: 'http://b.example:2' }, 'a.example:1'],
  [{ https_proxy: '', HTTPS_PROXY: 'http://b.example:2' }, 'b.example:2'],
  // A proxy for addresses in clear is none for others.
  [{ HTTP_PROXY: 'http://c.example:3' }, undefined],
])('%j → %s', (env, expected) => {
  const proxy = proxyFor(env, COLLECTOR);
  expect(proxy && `${proxy.host}:${proxy.port}`).toBe(expected);
});

test.each([
  ['meet.example.nl', true],
  ['example.nl', true],
  ['.example.nl', true],
  ['*.example.nl', true],
  ['other.nl, EXAMPLE.NL', true],
  ['*', true],
  ['meet.example.nl:443', true],
  ['meet.example.nl:8443', false],
  ['eet.example.nl', false],
  ['example.n', false],
  ['nl.example.nl', false],
])('NO_PROXY=%s exempts the collector: %s', (NO_PROXY, isExempt) => {
  expect(proxyFor({ ...PROXY, NO_PROXY }, COLLECTOR) === undefined).toBe(isExempt);
});

test.each([
  ['10.1.2.3', '10.0.0.0/8', true],
  ['11.1.2.3', '10.0.0.0/8', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3', '1.2.3', false],
  ['[2001:db8::5]', '2001:db8::/32', true],
  ['[2001:db8::5]', '2001:db8::5', true],
  ['[2001:db9::5]', '2001:db8::/32', false],
  ['10.1.2.3', '10.0.0.0/99', false],
])('an address: %s with NO_PROXY=%s is exempt: %s', (host, NO_PROXY, isExempt) => {
  const url = new URL(`https://${host}/`);
  expect(proxyFor({ ...PROXY, NO_PROXY }, url) === undefined).toBe(isExempt);
});

test.each(['http://127.0.0.1:8080', 'https://localhost', 'http://[::1]:80'])(
  'this host itself is asked without a proxy: %s',
  (url) => {
    const env = { ALL_PROXY: 'http://proxy.example:3128' };
    expect(proxyFor(env, new URL(url))).toBeUndefined();
  },
);

test('user and password are as RFC 7617 wants them, and never in a message', () => {
  const env = { HTTPS_PROXY: 'http://school%40nl:p%C3%A9%3Aw@proxy.example:3128' };
  expect(proxyFor(env, COLLECTOR)?.authorization).toBe(
    `Basic ${Buffer.from('school@nl:pé:w').toString('base64')}`,
  );
  const raw = { HTTPS_PROXY: 'http://school:100%@proxy.example:3128' };
  const plain = Buffer.from('school:100%').toString('base64');
  expect(proxyFor(raw, COLLECTOR)?.authorization).toBe(`Basic ${plain}`);
  const wrong = { HTTPS_PROXY: 'socks5://me:secret@proxy.example' };
  expect(() => proxyFor(wrong, COLLECTOR)).toThrow(/HTTPS_PROXY.*http:\/\/proxy\.example:3128/);
  expect(() => proxyFor(wrong, COLLECTOR)).not.toThrow(/secret/);
});

test('no list of exemptions makes it fall over', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.webUrl(), (NO_PROXY, url) => {
      const proxy = proxyFor({ ...PROXY, ALL_PROXY: 'http://x.example', NO_PROXY }, new URL(url));
      expect(proxy === undefined || proxy.port > 0).toBe(true);
    }),
    { numRuns: 200 },
  );
});
