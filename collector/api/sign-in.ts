// From a request to a person: the session's cookie or a bearer token, and the check that a
// browser's change came from our own pages. What the person may do is access.ts's affair.
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '#shared/runtime/errors.ts';
import type { Person } from '#shared/wire/api.ts';
import { mayOperate } from './access.ts';
import type { ApiDeps } from './deps.ts';
import { hashSecret } from './secrets.ts';
import { SESSION_MS } from './sessions.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null until signed in. */
    person: Person | null;
  }
}

/** Whoever holds the token of this run; no account, so in no list of people. */
const TOKEN_PERSON: Person = {
  id: 'operator-token',
  email: 'operator-token@meetnet.invalid',
  name: 'Operator token',
  role: 'operator',
  boardIds: null,
};
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

type SignInDeps = Pick<ApiDeps, 'sessions' | 'operatorToken' | 'publicUrl'>;

export function addSignIn(app: FastifyInstance, deps: SignInDeps): void {
  app.decorateRequest('person', null);
  app.addHook('onRequest', async (request) => {
    const { person, proof } = await identify(request, deps);
    if (!SAFE_METHODS.has(request.method)) checkOrigin(request, proof, deps.publicUrl);
    request.person = person ?? null;
  });
}

/** Throws `not_signed_in`. */
export function signedIn(request: FastifyRequest): Person {
  if (request.person !== null) return request.person;
  throw new AppError('not_signed_in', 'sign in first, or send a valid bearer token');
}

/** Throws `not_signed_in`, `not_allowed`. */
export function operator(request: FastifyRequest): Person {
  const person = signedIn(request);
  if (mayOperate(person)) return person;
  throw new AppError('not_allowed', 'only an operator may do this; ask one');
}

/** Who asks now; for an answer that lasts longer than its sign-in. */
export async function personNow(
  request: FastifyRequest,
  deps: SignInDeps,
): Promise<Person | undefined> {
  return (await identify(request, deps)).person;
}

export function setSessionCookie(
  reply: FastifyReply,
  secret: string,
  publicUrl: string | undefined,
): void {
  const { name, secure } = cookieOf(publicUrl);
  const maxAge = SESSION_MS / 1000;
  reply.setCookie(name, secret, { path: '/', httpOnly: true, sameSite: 'strict', secure, maxAge });
}

export function clearSessionCookie(reply: FastifyReply, publicUrl: string | undefined): void {
  const { name, secure } = cookieOf(publicUrl);
  reply.clearCookie(name, { path: '/', httpOnly: true, sameSite: 'strict', secure });
}

export function sessionSecret(
  request: FastifyRequest,
  publicUrl: string | undefined,
): string | undefined {
  return request.cookies[cookieOf(publicUrl).name];
}

function bearerToken(authorization: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}

/** Of the session that this request is of, by header or cookie. */
export function givenSecret(
  request: FastifyRequest,
  publicUrl: string | undefined,
): string | undefined {
  const { authorization } = request.headers;
  return authorization === undefined
    ? sessionSecret(request, publicUrl)
    : bearerToken(authorization);
}

type Proof = 'cookie' | 'bearer' | 'none';

async function identify(
  request: FastifyRequest,
  deps: SignInDeps,
): Promise<{ person: Person | undefined; proof: Proof }> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    return { person: await bearerPerson(authorization, deps), proof: 'bearer' };
  }
  const secret = sessionSecret(request, deps.publicUrl);
  if (secret === undefined || secret === '') return { person: undefined, proof: 'none' };
  return { person: await deps.sessions.personOf(secret), proof: 'cookie' };
}

/** The token of this run, or one that was made for an account. */
async function bearerPerson(
  authorization: string,
  { operatorToken, sessions }: SignInDeps,
): Promise<Person> {
  const given = bearerToken(authorization);
  if (given !== undefined && operatorToken !== undefined) {
    // Hashes have one length, so that not even the token's length shows in the time taken.
    const [actual, expected] = [hashSecret(given), hashSecret(operatorToken)].map((text) =>
      Buffer.from(text),
    );
    if (actual && expected && timingSafeEqual(actual, expected)) return TOKEN_PERSON;
  }
  const person = given === undefined ? undefined : await sessions.personOf(given);
  if (person !== undefined) return person;
  throw new AppError(
    'not_signed_in',
    'the Authorization header holds no valid token; it reads: Bearer TOKEN',
  );
}

/**
 * A change that a browser sends must come from our own pages (OWASP, Cross-Site Request Forgery
 * Prevention). A script with a bearer token, and an agent, send no Origin.
 */
function checkOrigin(request: FastifyRequest, proof: Proof, publicUrl: string | undefined): void {
  const { origin } = request.headers;
  if (origin !== undefined) {
    const isOurs =
      publicUrl === undefined ? URL.parse(origin)?.host === request.host : origin === publicUrl;
    if (!isOurs) throw foreign(`the request comes from a page of ${origin}`);
  } else if (proof === 'cookie' && request.headers['sec-fetch-site'] !== 'same-origin') {
    throw foreign('the request does not say from which page it comes (no Origin header)');
  }
}

function foreign(what: string): AppError {
  return new AppError(
    'not_allowed',
    `${what}; only the pages of this collector may change things with a session. If this is its address, set MEETNET_PUBLIC_URL to it`,
  );
}

/** `__Host-`: a browser takes it from https alone, for this host alone (RFC 6265bis §4.1.3). */
function cookieOf(publicUrl: string | undefined): { name: string; secure: boolean } {
  const secure = publicUrl?.startsWith('https:') === true;
  return { name: secure ? '__Host-meetnet' : 'meetnet', secure };
}
