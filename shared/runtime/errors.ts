// Operational errors: expected, named, and said in words a person can act on. Anything else that
// is thrown is a bug and ends the process.

/** `yes`: the same call may succeed later. `no`: it will not, until somebody changes something. */
export type Retry = 'yes' | 'no';

export interface ErrorEntry {
  readonly retry: Retry;
  /** HTTP status when it reaches a caller of the API. */
  readonly status: number;
  /** Exit code when it ends a command. */
  readonly exit: number;
  readonly meaning: string;
}

/** Every code there is; the README's table is checked against it. */
export const ERRORS = {
  bad_settings: { retry: 'no', status: 500, exit: 2, meaning: 'a setting is missing or wrong' },
  bad_usage: { retry: 'no', status: 400, exit: 2, meaning: 'the command line is wrong' },
  bad_request: {
    retry: 'no',
    status: 400,
    exit: 2,
    meaning: 'the request does not have the form asked for',
  },
  malformed_message: {
    retry: 'no',
    status: 400,
    exit: 1,
    meaning: 'a message is not of the protocol',
  },
  message_too_big: {
    retry: 'no',
    status: 413,
    exit: 1,
    meaning: 'a message is larger than allowed',
  },
  not_signed_in: { retry: 'no', status: 401, exit: 1, meaning: 'no valid session or token' },
  not_allowed: { retry: 'no', status: 403, exit: 1, meaning: 'the person may not do or see this' },
  not_found: {
    retry: 'no',
    status: 404,
    exit: 1,
    meaning: 'there is no such thing, or it is not yours to see',
  },
  conflict: { retry: 'no', status: 409, exit: 1, meaning: 'it clashes with what is there' },
  too_many_requests: { retry: 'yes', status: 429, exit: 1, meaning: 'too many tries; wait' },
  setup_token_wrong: {
    retry: 'no',
    status: 403,
    exit: 1,
    meaning: 'the set-up token is wrong or used',
  },
  enrolment_code_unknown: {
    retry: 'no',
    status: 404,
    exit: 3,
    meaning: 'the enrolment code is not known',
  },
  enrolment_code_used: {
    retry: 'no',
    status: 409,
    exit: 3,
    meaning: 'the enrolment code was used before',
  },
  enrolment_code_expired: {
    retry: 'no',
    status: 410,
    exit: 3,
    meaning: 'the enrolment code is too old',
  },
  bad_signature: {
    retry: 'no',
    status: 401,
    exit: 3,
    meaning: 'the device could not prove its key',
  },
  unknown_device: {
    retry: 'yes',
    status: 401,
    exit: 3,
    meaning: 'the collector does not know this device',
  },
  not_enrolled: { retry: 'no', status: 400, exit: 3, meaning: 'this agent has no identity yet' },
  already_enrolled: {
    retry: 'no',
    status: 409,
    exit: 3,
    meaning: 'this agent has an identity already',
  },
  unreachable: {
    retry: 'yes',
    status: 503,
    exit: 4,
    meaning: 'the other side could not be reached',
  },
  store_unavailable: { retry: 'yes', status: 503, exit: 4, meaning: 'a store does not answer' },
  internal_error: {
    retry: 'no',
    status: 500,
    exit: 1,
    meaning: 'a fault in Meetnet itself; the log has the details',
  },
  not_admitted: {
    retry: 'yes',
    status: 403,
    exit: 5,
    meaning: 'the measure server did not admit the test',
  },
  server_full: {
    retry: 'yes',
    status: 503,
    exit: 5,
    meaning: 'the measure server is at its limit',
  },
  test_failed: { retry: 'yes', status: 502, exit: 5, meaning: 'the test could not be completed' },
  bad_import: {
    retry: 'no',
    status: 422,
    exit: 6,
    meaning: 'the file has faults; nothing was imported',
  },
  bad_evidence: {
    retry: 'no',
    status: 422,
    exit: 8,
    meaning: 'the evidence pack is not as it was signed, or not signed by that key',
  },
  data_directory: {
    retry: 'no',
    status: 500,
    exit: 7,
    meaning: 'the data directory cannot be used',
  },
  address_in_use: {
    retry: 'no',
    status: 500,
    exit: 7,
    meaning: 'the port or the data directory is taken',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export class AppError extends Error {
  readonly code: ErrorCode;

  /** `message` says what was wrong, where, and what to do. */
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }

  get entry(): ErrorEntry {
    return ERRORS[this.code];
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
