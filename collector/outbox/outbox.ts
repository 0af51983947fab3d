// Mail that waits to be sent. Who writes it puts it here in the transaction of what it is about;
// who sends it drains it. Does not own: texts, SMTP.
import type { EpochMs } from '#shared/model/units.ts';

export interface NewMail {
  /** A UUID. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  /** Plain text; it may hold a link that is a secret. */
  readonly text: string;
  /** After this it says nothing of use, and is not sent any more. */
  readonly sendBefore: EpochMs;
}

export interface WaitingMail extends NewMail {
  readonly createdAt: EpochMs;
  readonly tries: number;
}

export interface MailOutbox {
  add(mails: readonly NewMail[]): Promise<void>;
  /** Oldest first: those whose next try has come. */
  waiting(now: EpochMs, limit: number): Promise<WaitingMail[]>;
  /** Before it is sent: not waiting again before `until`, whatever becomes of this process. */
  hold(id: string, until: EpochMs): Promise<void>;
  /** Its text is gone with this: a secret is kept no longer than it takes to send it. */
  sent(id: string, at: EpochMs): Promise<void>;
  /** `nextTryAt` null: not tried again, and its text is gone too. */
  failed(id: string, why: string, nextTryAt: EpochMs | null): Promise<void>;
  /** Gives up what is out of date, its text too; resolves with how many. */
  expire(now: EpochMs): Promise<number>;
  /** Removes what was sent, given up or out of date before this time; resolves with how many. */
  forget(before: EpochMs): Promise<number>;
}
