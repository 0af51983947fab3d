// Empties the outbox: alerts, surveys, reminders. At least once: a mail is marked after the server
// took it over, and a crash in between sends it again, minutes later, under the same Message-ID.
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { MailOutbox, WaitingMail } from '../../outbox/outbox.ts';
import { repeating } from '../../repeating.ts';
import { mailFate } from './mail-fate.ts';
import type { MailTransport } from './mail-transport.ts';
import { HOLD_MS, nextTryAt } from './next-try.ts';

export interface MailSenderOptions {
  readonly outbox: Pick<MailOutbox, 'waiting' | 'hold' | 'sent' | 'failed' | 'expire'>;
  /** Absent: no mail server is set, and mails wait until they are out of date. */
  readonly transport?: MailTransport;
  readonly clock: Clock;
  readonly random: Pick<Random, 'next'>;
  readonly log: Logger;
}

const EVERY_MS: Ms = 10_000;
/** Connections at a time; mail servers count them. */
const AT_ONCE = 4;

export function mailSender(options: MailSenderOptions): Service {
  const { clock, log } = options;
  let isWarned = false;
  return repeating({
    ...{ name: 'mail sender', everyMs: EVERY_MS, clock, log },
    work: async (signal) => {
      if (options.transport === undefined && !isWarned) {
        const waiting = await options.outbox.waiting(clock.now(), 1);
        isWarned = waiting.length > 0;
        if (isWarned)
          log.warn('mail waits and cannot be sent; set MEETNET_SMTP_URL and MEETNET_MAIL_FROM');
      }
      await sendWaiting(options, signal);
    },
  });
}

/** All whose time has come, each tried once. */
export async function sendWaiting(options: MailSenderOptions, signal?: AbortSignal): Promise<void> {
  const { outbox, transport, clock, log } = options;
  const expired = await outbox.expire(clock.now());
  if (expired > 0)
    log.error('mails were given up: they could not be sent in time', { mails: expired });
  if (transport === undefined) return;
  const asOf = clock.now();
  while (signal?.aborted !== true) {
    const mails = await outbox.waiting(asOf, AT_ONCE);
    if (mails.length === 0) return;
    await Promise.all(mails.map((mail) => send(options, transport, mail)));
  }
}

async function send(
  { outbox, clock, random, log }: MailSenderOptions,
  transport: MailTransport,
  mail: WaitingMail,
): Promise<void> {
  const { id } = mail;
  // Not with its subject or address, which say of whom it is.
  const failed = async (why: string, next: EpochMs | null) => {
    log[next === null ? 'error' : 'warn']('a mail was not sent', {
      id,
      why,
      tries: mail.tries + 1,
    });
    await outbox.failed(id, why, next);
  };
  await outbox.hold(id, clock.now() + HOLD_MS);
  let response: string;
  try {
    response = await transport.send(mail);
  } catch (error) {
    const { retry, why } = mailFate(error);
    await failed(why, retry === 'no' ? null : nextTryAt(mail, clock.now(), random));
    return;
  }
  await outbox.sent(id, clock.now());
  log.info('mail sent', { id, response });
}
