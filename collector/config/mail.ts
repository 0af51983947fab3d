// The mail server's address as a setting, and what sending needs of the settings together.
import { z } from 'zod';
import { AppError } from '#shared/runtime/errors.ts';
import type { MailSettings } from '../alerts/send/mail-transport.ts';

export interface SmtpAddress {
  readonly scheme: 'smtp' | 'smtps';
  readonly host: string;
  readonly port: number;
  readonly auth?: { readonly user: string; readonly pass: string };
}

/** Submission (RFC 6409) and submissions (RFC 8314); port 25 is between mail servers. */
const PORTS = { smtp: 587, smtps: 465 } as const;

export function smtpAddress(): z.ZodType<SmtpAddress> {
  const message = 'must be an address such as smtps://user:password@mail.example.nl';
  return z
    .string(message)
    .trim()
    .transform((value, context): SmtpAddress => {
      const found = addressOf(value);
      if (found !== undefined) return found;
      context.addIssue(message);
      return z.NEVER;
    });
}

function addressOf(value: string): SmtpAddress | undefined {
  const url = URL.parse(value);
  const scheme = url?.protocol.slice(0, -1);
  if (url === null || (scheme !== 'smtp' && scheme !== 'smtps') || url.hostname === '') {
    return undefined;
  }
  const isBare = ['', '/'].includes(url.pathname) && url.search === '' && url.hash === '';
  if (!isBare || (url.username === '') !== (url.password === '')) return undefined;
  try {
    const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    return {
      scheme,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? PORTS[scheme] : Number(url.port),
      ...(user === '' ? {} : { auth: { user, pass } }),
    };
  } catch {
    return undefined;
  }
}

/** `meetnet@example.nl`, or with a name before it: `Meetnet <meetnet@example.nl>`. */
export function mailFrom(): z.ZodType<string> {
  const message = 'must be a mail address such as Meetnet <meetnet@example.nl>';
  return z
    .string(message)
    .trim()
    .refine((value) => {
      const named = /^[^<>\r\n]*<([^<>\r\n]+)>$/.exec(value);
      return z.email().safeParse(named?.[1] ?? value).success;
    }, message);
}

/** Of the collector's settings. */
export interface MailSettingValues {
  readonly smtpUrl: SmtpAddress | undefined;
  readonly smtpStartTls: 'required' | 'off';
  readonly mailFrom: string | undefined;
}

/** Undefined where no mail is sent. Throws `bad_settings` for one half of the two. */
export function mailOf({
  smtpUrl,
  smtpStartTls,
  mailFrom: from,
}: MailSettingValues): MailSettings | undefined {
  if (smtpUrl === undefined && from === undefined) return undefined;
  if (smtpUrl === undefined || from === undefined) {
    throw new AppError(
      'bad_settings',
      `mail is sent with both MEETNET_SMTP_URL and MEETNET_MAIL_FROM; ${smtpUrl === undefined ? 'MEETNET_SMTP_URL' : 'MEETNET_MAIL_FROM'} is missing`,
    );
  }
  const { scheme, host, port, auth } = smtpUrl;
  const security = scheme === 'smtps' ? 'tls' : smtpStartTls === 'required' ? 'start_tls' : 'none';
  if (security === 'none' && auth !== undefined) {
    throw new AppError(
      'bad_settings',
      'MEETNET_SMTP_STARTTLS is off, so the password in MEETNET_SMTP_URL would be sent in clear; leave it required, or leave the password out',
    );
  }
  return { host, port, security, from, ...(auth === undefined ? {} : { auth }) };
}
