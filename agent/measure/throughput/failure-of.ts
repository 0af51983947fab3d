// Node's error codes → the fixed vocabulary of failures. Addresses are kept out of messages.
import type { Failure, FailureCode } from '#shared/model/failure.ts';
import { AppError } from '#shared/runtime/errors.ts';

/** A failure of the network or the server on its way to becoming data. */
export class TestFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failure.message, options);
    this.name = 'TestFailure';
    this.failure = failure;
  }
}

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
const UNTRUSTED_ADVICE =
  "Most likely a filter between here and the measure server opens TLS: let it leave the measure server's address alone. If not, the server's certificate is wrong or over its time, this device's clock is, or its own authority is missing here: name its file in NODE_EXTRA_CA_CERTS";
const ADDRESS = /\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b|\[?[0-9a-f]*:[0-9a-f:]+\]?(:\d+)?/gi;
const MESSAGE_LIMIT = 500;

export function failure(code: FailureCode, operation: string, message: string): TestFailure {
  return new TestFailure({ code, operation, message: message.slice(0, MESSAGE_LIMIT) });
}

/** What `thrown` means for the test during `operation`. */
export function failureOf(thrown: unknown, operation: string): Failure {
  if (thrown instanceof TestFailure) return thrown.failure;
  if (thrown instanceof AppError && thrown.code === 'not_admitted') {
    return { code: 'not_admitted', operation, message: thrown.message.slice(0, MESSAGE_LIMIT) };
  }
  const message = (thrown instanceof Error ? thrown.message : String(thrown)).replace(
    ADDRESS,
    'ADDRESS',
  );
  const code = isCoded(thrown) ? thrown.code : undefined;
  const known = code === undefined ? undefined : BY_CODE[code];
  if (code !== undefined && UNTRUSTED.test(code)) {
    const words = `${message} (${code}). ${UNTRUSTED_ADVICE}`;
    return { code: 'tls_untrusted', operation, message: words.slice(0, MESSAGE_LIMIT) };
  }
  const isTls = code !== undefined && /^(ERR_TLS|ERR_SSL|EPROTO)/.test(code);
  return {
    code: known ?? (isTls ? 'tls_failed' : 'unknown_failure'),
    operation,
    message: message.slice(0, MESSAGE_LIMIT),
  };
}

function isCoded(thrown: unknown): thrown is { code: string } {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'code' in thrown &&
    typeof thrown.code === 'string'
  );
}
