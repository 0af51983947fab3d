// Alerts for an app whose test sends none, and a mail server that we did not write.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AlertDeps } from '#collector/api/deps.ts';
import { eventually, ROOT } from './process.ts';

export const noAlerts: AlertDeps = {
  mail: 'off',
  webhookReach: 'internet',
  pagesUrl: () => 'https://meetnet.example',
  sendTest: () => Promise.reject(new Error('this test sends none')),
};

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Over an encrypted connection. */
  readonly tls: boolean;
  /** Who signed in. */
  readonly user: string | null;
  /** Of the header, decoded. */
  readonly subject: string;
  readonly messageId: string;
  /** Lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The plain part and the HTML part, decoded. */
  readonly text: string;
  readonly html: string;
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  /** In the order in which they came. */
  readonly received: ReceivedMail[];
  /** Resolves once as many came: what it says over SMTP may be here before what it tells us. */
  count(mails: number): Promise<void>;
}

/**
 * Debian's aiosmtpd on a free port. A recipient `busy@…` is told 451, `gone@…` 550. With a
 * certificate it asks for STARTTLS, and a sign-in as `meetnet` with the password `geheim`.
 */
export async function openMailServer(certificate?: {
  readonly certFile: string;
  readonly keyFile: string;
}): Promise<MailServer> {
  const files = certificate === undefined ? [] : [certificate.certFile, certificate.keyFile];
  const script = join(ROOT, 'test', 'support', 'mail-server.py');
  const child = spawn('/usr/bin/python3', [script, ...files], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<never>((_resolve, reject) =>
    child.once('close', (code) => reject(new Error(`the mail server ended with ${code}`))),
  );
  ended.catch(() => {});
  const received: ReceivedMail[] = [];
  const started = Promise.withResolvers<number>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const told = JSON.parse(line) as { port: number } | ReceivedMail;
    if ('port' in told) started.resolve(told.port);
    else received.push(told);
  });
  const port = await Promise.race([started.promise, ended]);
  return {
    ...{ port, received },
    count: async (mails) => {
      await eventually(`${mails} mails`, async () => received.length >= mails || undefined);
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended.catch(() => {});
    },
  };
}
