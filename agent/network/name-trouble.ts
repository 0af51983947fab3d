// From what Node, OpenSSL or an HTTP answer says to a trouble with a name and words. Pure.
import type { PeerCertificate } from 'node:tls';
import type { EpochMs } from '#shared/model/units.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import { networkFailureOf } from '#shared/wire/network-failure.ts';
import { NetworkError, TROUBLES, type Trouble } from './trouble.ts';

const MAX_NAME = 200;
/** Node's own words for what its happy-eyeballs gave up on. */
const TIMED_OUT = /ETIMEDOUT|timed? ?out|no answer/i;

/** Of a failure to connect or to speak TLS at all. */
export function connectTrouble(host: string, thrown: unknown): NetworkError {
  if (thrown instanceof NetworkError) return thrown;
  const said = explained(thrown);
  const failure = networkFailureOf(firstOf(thrown));
  const code = TROUBLES.find((known) => known === failure);
  if (failure === 'connection_closed') {
    return new NetworkError({ code: 'connection_reset' }, said, thrown);
  }
  if (failure === 'tls_failed') {
    const hint = 'what answers does not speak TLS as a collector does: a filter or a login page';
    return new NetworkError({ code: 'tls_failed' }, `${said}; ${hint}`, thrown);
  }
  if (code === 'dns_lookup_failed') {
    return new NetworkError({ code }, `the name ${host} is not found (${said})`, thrown);
  }
  if (code !== undefined) return new NetworkError({ code }, said, thrown);
  const isLate = TIMED_OUT.test(said);
  return new NetworkError({ code: isLate ? 'connect_timed_out' : 'unknown' }, said, thrown);
}

export interface ShownCertificate {
  readonly host: string;
  /** What OpenSSL or Node found wrong, e.g. `SELF_SIGNED_CERT_IN_CHAIN`. */
  readonly code: string;
  readonly certificate: Pick<PeerCertificate, 'issuer' | 'subject' | 'valid_from' | 'valid_to'>;
  readonly now: EpochMs;
}

/** Of a certificate that was shown and is not trusted. */
export function certificateTrouble({
  host,
  code,
  certificate,
  now,
}: ShownCertificate): NetworkError {
  const issuer = nameOf(certificate.issuer);
  const here = new Date(now).toISOString();
  const of = (trouble: Trouble['code'], words: string) =>
    new NetworkError({ code: trouble, ...(issuer === '' ? {} : { issuer }) }, `${words} (${code})`);
  if (code === 'CERT_NOT_YET_VALID') {
    return of(
      'clock_wrong',
      `the certificate of ${host} is valid from ${certificate.valid_from}, and this device's clock says ${here}; let it keep its time by NTP`,
    );
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return of(
      'certificate_expired',
      `the certificate of ${host} ended on ${certificate.valid_to}, and this device's clock says ${here}; it is to be renewed, or the clock set`,
    );
  }
  const subject = nameOf(certificate.subject);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return of(
      'tls_intercepted',
      `the certificate shown is not for ${host} but for ${subject || 'nobody'}, issued by ${issuer || 'nobody'}; a filter or a login page answers in its place`,
    );
  }
  return of(
    'tls_intercepted',
    `the certificate of ${host} was issued by ${issuer || 'nobody'}, which this device does not trust; a filter opens TLS here: let it pass ${host} unopened, or add its authority to this host's certificates`,
  );
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Of an HTTP answer that is no collector's. */
export function answerTrouble(url: string, { status, headers }: Answered): NetworkError {
  const type = String(headers['content-type'] ?? '');
  const location = String(headers.location ?? '');
  const target = URL.parse(location, url);
  const isElsewhere = status >= 300 && status < 400 && target?.host !== URL.parse(url)?.host;
  if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) {
    return new NetworkError(
      { code: 'collector_busy' },
      `HTTP ${status}; the collector has no time for us now`,
    );
  }
  // RFC 6585 §6; others redirect to their page, or put it in the place of any answer.
  if (status === 511 || isElsewhere || (status === 200 && type.includes('html'))) {
    const portal = isElsewhere && target !== null ? target.host.slice(0, MAX_NAME) : undefined;
    const where = portal === undefined ? '' : ` at ${portal}`;
    return new NetworkError(
      { code: 'captive_portal', ...(portal === undefined ? {} : { portal }) },
      `HTTP ${status}; a login page${where} answers in the collector's place: let this device through without one`,
    );
  }
  return new NetworkError(
    { code: 'not_a_collector' },
    `HTTP ${status}; this is not the uplink of a collector; check its address, and that no proxy or login page is in between`,
  );
}

/** Node names several addresses' failures together, with an empty message. */
export function explained(error: unknown): string {
  if (!(error instanceof AggregateError)) return messageOf(error);
  return error.errors.map((each) => messageOf(each)).join(', ');
}

/** Of several addresses' failures the last is the one that was waited for longest. */
function firstOf(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const refused = error.errors.find((each) => networkFailureOf(each) === 'connect_refused');
  return refused ?? error.errors.at(-1);
}

type Name = Readonly<Record<string, string | readonly string[] | undefined>>;

/** `Filter BV, Filter Root CA`: organisation and common name. */
function nameOf(name: object | undefined): string {
  const { O, CN } = (name ?? {}) as Name;
  return [O, CN]
    .flatMap((part) => part ?? [])
    .join(', ')
    .slice(0, MAX_NAME);
}
