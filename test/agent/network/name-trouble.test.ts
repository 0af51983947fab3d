import { expect, test } from 'vitest';
import { answerTrouble, certificateTrouble } from '#agent/network/name-trouble.ts';

const URL_ = 'https://meet.example/api/v1/uplink';

test.each([
  [{ status: 302, headers: { location: 'http://login.school.example/?u=1' } }, 'captive_portal'],
  [{ status: 302, headers: { location: '/login' } }, 'not_a_collector'],
  [{ status: 511, headers: {} }, 'captive_portal'],
  [{ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } }, 'captive_portal'],
  [{ status: 200, headers: { 'content-type': 'application/json' } }, 'not_a_collector'],
  [{ status: 403, headers: { 'content-type': 'text/html' } }, 'not_a_collector'],
  [{ status: 429, headers: {} }, 'collector_busy'],
  [{ status: 503, headers: { 'retry-after': '5' } }, 'collector_busy'],
  [{ status: 503, headers: {} }, 'not_a_collector'],
])('%j is %s', (answer, code) => {
  expect(answerTrouble(URL_, answer).trouble.code).toBe(code);
});

test('a login page is named by its host', () => {
  const headers = { location: 'https://login.school.example/' };
  const { trouble, message } = answerTrouble(URL_, { status: 307, headers });
  expect(trouble).toEqual({ code: 'captive_portal', portal: 'login.school.example' });
  expect(message).toContain('login.school.example');
});

test('a certificate that is not valid yet tells of this device’s clock', () => {
  const certificate = {
    issuer: { O: 'Filter BV', CN: 'Filter Root', C: 'NL', ST: '', L: '', OU: '' },
    subject: { CN: 'meet.example', C: '', ST: '', L: '', O: '', OU: '' },
    valid_from: 'Mar  1 00:00:00 2026 GMT',
    valid_to: 'Jun  1 00:00:00 2026 GMT',
  };
  const shown = { host: 'meet.example', certificate, now: 5_000 };
  const early = certificateTrouble({ ...shown, code: 'CERT_NOT_YET_VALID' });
  expect(early.trouble).toEqual({ code: 'clock_wrong', issuer: 'Filter BV, Filter Root' });
  expect(early.message).toContain('1970-01-01');
  expect(early.message).toContain('NTP');
});
