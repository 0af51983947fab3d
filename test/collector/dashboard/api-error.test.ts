import { expect, test } from 'vitest';
import {
  ApiError,
  errorOfReply,
  isPassing,
  isSignedOut,
  NO_REPLY,
  UNREADABLE,
} from '#collector/dashboard/src/api/api-error.ts';

test('the collector’s own words and faults are kept', () => {
  const error = errorOfReply(400, {
    error: { code: 'bad_request', message: 'cannot be used', faults: ['body/email: is wrong'] },
  });
  expect(error).toMatchObject({
    code: 'bad_request',
    message: 'cannot be used',
    status: 400,
    faults: ['body/email: is wrong'],
  });
});

test.each([
  undefined,
  null,
  'text',
  {},
  { error: null },
  { error: { code: 1 } },
  { error: { code: 'a' } },
])('an answer that is not of the form (%j) is said to be unreadable', (body) => {
  expect(errorOfReply(502, body)).toMatchObject({ code: UNREADABLE, status: 502 });
});

test('only what may pass by itself is tried again', () => {
  expect(isPassing(new ApiError(NO_REPLY, ''))).toBe(true);
  expect(isPassing(errorOfReply(503, undefined))).toBe(true);
  expect(isPassing(errorOfReply(404, undefined))).toBe(false);
  expect(isPassing(new TypeError('a bug'))).toBe(false);
});

test('a lost sign-in is told apart from any other refusal', () => {
  expect(isSignedOut(errorOfReply(401, undefined))).toBe(true);
  expect(isSignedOut(errorOfReply(403, undefined))).toBe(false);
  expect(isSignedOut(new ApiError(NO_REPLY, ''))).toBe(false);
});
