// What a test threw → a failure that is data. Addresses are kept out of messages.
import type { Failure, FailureCode } from '#shared/model/failure.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { codeOf, networkFailureOf } from '#shared/wire/network-failure.ts';

/** A failure of the network or the server on its way to becoming data. */
export class TestFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failure.message, options);
    this.name = 'TestFailure';
    this.failure = failure;
  }
}

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
  const code = networkFailureOf(thrown);
  if (code === 'tls_untrusted') {
    const words = `${message} (${codeOf(thrown)}). ${UNTRUSTED_ADVICE}`;
    return { code, operation, message: words.slice(0, MESSAGE_LIMIT) };
  }
  return { code, operation, message: message.slice(0, MESSAGE_LIMIT) };
}
