// SMTP through nodemailer: one connection a mail, encrypted unless a setting says otherwise, every
// wait bounded. Does not own: which mails there are, and what a failure means.
import nodemailer from 'nodemailer';
import { htmlOf } from './html.ts';

export interface MailSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (smtps); else `startTls` says. */
  readonly security: 'tls' | 'start_tls' | 'none';
  readonly auth?: { readonly user: string; readonly pass: string };
  /** `Meetnet <meetnet@example.nl>` or an address alone. */
  readonly from: string;
}

export interface OutgoingMail {
  /** Unique to the mail and the same for each try: the receiving side may drop a second one. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface MailTransport {
  /** Resolves with what the server said once it has taken the mail over. Rejects as nodemailer does. */
  send(mail: OutgoingMail): Promise<string>;
}

const CONNECT_MS = 30_000;
/** Of silence. RFC 5321 §4.5.3.2 allows ten minutes after the text; no server takes them. */
const SILENCE_MS = 120_000;

export function createMailTransport({
  host,
  port,
  security,
  auth,
  from,
}: MailSettings): MailTransport {
  const transport = nodemailer.createTransport({
    ...{ host, port, secure: security === 'tls' },
    ...(security === 'start_tls' ? { requireTLS: true } : {}),
    ...(security === 'none' ? { ignoreTLS: true } : {}),
    ...(auth === undefined ? {} : { auth }),
    ...{ connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, dnsTimeout: CONNECT_MS },
    socketTimeout: SILENCE_MS,
    // A text of ours never names a file or an address to fetch; nor shall one by mistake.
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  const domain = domainOf(from);
  return {
    send: async ({ id, to, subject, text }) => {
      const { response } = await transport.sendMail({
        ...{ from, to: { name: '', address: to }, subject, text, html: htmlOf(text) },
        messageId: `<${id}@${domain}>`,
        // RFC 3834: out-of-office replies are not for a program.
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return response;
    },
  };
}

export function domainOf(from: string): string {
  return /@([^\s>@]+)>?\s*$/.exec(from)?.[1]?.toLowerCase() ?? 'meetnet.invalid';
}
