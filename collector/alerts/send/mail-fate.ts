// What a failed try to send a mail means: never, or later. Pure.
//
// Never is only what was said of this recipient or of this text. A refused sign-in, sender or
// connection is a fault of ours or of the server, that somebody mends while the mail waits.
import { messageOf } from '#shared/runtime/errors.ts';

export interface MailFate {
  readonly retry: 'yes' | 'no';
  readonly why: string;
}

/** Of nodemailer's errors. */
interface SendError {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

const ON_THE_MAIL = ['RCPT TO', 'DATA'];
/** Must sign in or encrypt first (RFC 4954 §6, RFC 3207 §4), by whatever command it was found out. */
const ON_THE_SESSION = [530, 534, 535, 538];
const MOST_CHARACTERS = 300;

export function mailFate(error: unknown): MailFate {
  const { code, command = '', responseCode = 0, response } = error as SendError;
  const isRefused =
    responseCode >= 500 &&
    responseCode < 600 &&
    ON_THE_MAIL.includes(command) &&
    !ON_THE_SESSION.includes(responseCode);
  const isNoAddress = code === 'EENVELOPE' && command === 'API';
  const why = (response ?? messageOf(error)).replace(/\s+/g, ' ').slice(0, MOST_CHARACTERS);
  return { retry: isRefused || isNoAddress ? 'no' : 'yes', why };
}
