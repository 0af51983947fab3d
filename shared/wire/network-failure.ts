// The codes in which Node and OpenSSL tell what went wrong on a network → the fixed vocabulary of
// failures. Both ends tell by it why a measure server cannot be used.
import type { FailureCode } from '../model/failure.ts';

const BY_CODE: Readonly<Record<string, FailureCode>> = {
  ENOTFOUND: 'dns_lookup_failed',
  EAI_AGAIN: 'dns_lookup_failed',
  ENETUNREACH: 'network_unreachable',
  EHOSTUNREACH: 'network_unreachable',
  ENETDOWN: 'network_unreachable',
  EADDRNOTAVAIL: 'network_unreachable',
  ECONNREFUSED: 'connect_refused',
  ETIMEDOUT: 'connect_timed_out',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  ECONNABORTED: 'connection_closed',
};
/** What OpenSSL's check of a certificate, and Node's of its name, end in. */
const UNTRUSTED =
  /^(ERR_TLS_CERT|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH)/;
const TLS = /^(ERR_TLS|ERR_SSL|EPROTO)/;

/** `unknown_failure` for what has no code, or one that is not of the vocabulary. */
export function networkFailureOf(thrown: unknown): FailureCode {
  const code = codeOf(thrown);
  if (code === undefined) return 'unknown_failure';
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  if (known !== undefined) return known;
  if (UNTRUSTED.test(code)) return 'tls_untrusted';
  return TLS.test(code) ? 'tls_failed' : 'unknown_failure';
}

export function codeOf(thrown: unknown): string | undefined {
  const isCoded =
    typeof thrown === 'object' &&
    thrown !== null &&
    'code' in thrown &&
    typeof thrown.code === 'string';
  return isCoded ? (thrown as { code: string }).code : undefined;
}
