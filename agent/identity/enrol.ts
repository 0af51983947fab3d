// Becoming known to a collector: a one-time code and a key made here, in exchange for a device id.
import { stat } from 'node:fs/promises';
import type { Position } from '#shared/model/location.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, ERRORS, type ErrorCode, messageOf } from '#shared/runtime/errors.ts';
import {
  API_PREFIX,
  type EnrolmentRequest,
  enrolmentReplySchema,
  errorBodySchema,
} from '#shared/wire/api.ts';
import { enrolmentPayload } from '#shared/wire/uplink.ts';
import { answerTrouble } from '../network/name-trouble.ts';
import type { Answer, Outbound } from '../network/outbound.ts';
import { NetworkError } from '../network/trouble.ts';
import {
  createKey,
  type Identity,
  identityPath,
  proveWritable,
  saveIdentity,
  sign,
} from './identity.ts';

export interface EnrolOptions {
  /** The agent's own, where `identity.json` is to be. */
  readonly directory: string;
  /** Base URL, e.g. `https://meet.example`. */
  readonly collector: string;
  readonly code: string;
  readonly name: string;
  readonly position: Position;
  readonly agentVersion: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly outbound: Pick<Outbound, 'exchange'>;
  readonly signal?: AbortSignal;
  /** `replace`: an identity that is there makes way; the collector keeps the old device. */
  readonly existing: 'keep' | 'replace';
}

const DEADLINE_MS = 15_000;
/** No answer of a collector is longer; a login page may be. */
const MAX_REPLY_BYTES = 65_536;

/**
 * Resolves once the identity is saved. Throws `already_enrolled`, `bad_usage` (the URL),
 * `unreachable`, `data_directory`, or what the collector answers: `enrolment_code_unknown`,
 * `enrolment_code_used`, `enrolment_code_expired`, `bad_request`, `too_many_requests`, …
 */
export async function enrol(options: EnrolOptions): Promise<Identity> {
  const collector = collectorUrl(options.collector);
  if (options.existing === 'keep' && (await isThere(identityPath(options.directory)))) {
    throw new AppError(
      'already_enrolled',
      `this agent has an identity already (${identityPath(options.directory)}); to give it another, enrol with --force`,
    );
  }
  await proveWritable(options.directory);
  const key = createKey();
  const { code, name, position, agentVersion, clock } = options;
  const { publicKey } = key;
  const signature = sign(key, enrolmentPayload(code, publicKey));
  const body = { code, publicKey, signature, name, position, agentVersion };
  const reply = await post(`${collector}${API_PREFIX}/enrolments`, body, options);
  const identity: Identity = {
    ...key,
    deviceId: reply.deviceId,
    locationId: reply.locationId,
    ...{ collector, name, position },
    enrolledAt: new Date(clock.now()).toISOString(),
  };
  await saveIdentity(options.directory, identity);
  return identity;
}

/** As it is kept: without query, fragment and the slash at its end. Throws `bad_usage`. */
export function collectorUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new AppError(
      'bad_usage',
      `the collector ${JSON.stringify(text)} is no address; give it as https://meet.example`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

async function post(
  url: string,
  body: EnrolmentRequest,
  { outbound, signal = new AbortController().signal }: EnrolOptions,
): Promise<{ deviceId: string; locationId: string }> {
  const unreachable = (why: string, cause?: unknown) =>
    new AppError('unreachable', `${url}: ${why}`, { cause });
  let answer: Answer;
  try {
    const limits = { deadlineMs: DEADLINE_MS, maxBytes: MAX_REPLY_BYTES };
    answer = await outbound.exchange(new URL(url), { ...limits, body }, signal);
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    throw unreachable(`${messageOf(cause)}; check the address and this host's network`, cause);
  }
  const content = parseJson(answer.text);
  const reply = enrolmentReplySchema.safeParse(content);
  if (answer.status < 300 && reply.success) return reply.data;
  const refusal = errorBodySchema.safeParse(content);
  if (refusal.success && isErrorCode(refusal.data.error.code)) {
    const { error } = refusal.data;
    throw new AppError(
      error.code as ErrorCode,
      [error.message, ...(error.faults ?? [])].join('; '),
    );
  }
  throw unreachable(answerTrouble(url, answer).message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new AppError('data_directory', `${path} cannot be looked at (${messageOf(error)})`);
  }
}
