// The secret of a link to the survey: random, kept as a hash, good for one question to one school.
import { createHash } from 'node:crypto';
import type { Random } from '#shared/runtime/random.ts';

/** 192 bits, which no one guesses; short enough for one line of a mail. */
const SECRET_BYTES = 24;

export function newSurveyToken(random: Pick<Random, 'bytes'>): string {
  return Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');
}

export function hashSurveyToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export function surveyLink(origin: string, token: string): string {
  return `${origin}/survey/${token}`;
}
