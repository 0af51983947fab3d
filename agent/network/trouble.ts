// What can stand between an agent and its collector: a fixed vocabulary, so that it can be counted,
// shown and acted upon.
import { z } from 'zod';
import { AppError } from '#shared/runtime/errors.ts';

export const TROUBLES = [
  'dns_lookup_failed',
  'network_unreachable',
  'connect_refused',
  'connect_timed_out',
  'connection_reset',
  /** The proxy of the environment answered, and did not let us through. */
  'proxy_refused',
  'tls_failed',
  /** The certificate is of an issuer that this device does not trust, or for another name. */
  'tls_intercepted',
  'certificate_expired',
  /** The certificate is not valid yet: so this device's clock is behind. */
  'clock_wrong',
  /** A login page answers in the collector's place. */
  'captive_portal',
  /** Something answers that is no collector. */
  'not_a_collector',
  /** The collector has no time for us. */
  'collector_busy',
  'unknown',
] as const;

export const troubleSchema = z.object({
  code: z.enum(TROUBLES),
  /** Who issued the certificate that was shown. */
  issuer: z.string().max(200).optional(),
  /** Where a login page sent us. */
  portal: z.string().max(200).optional(),
});
export type Trouble = Readonly<z.infer<typeof troubleSchema>>;

/** The way out failed; `message` is for people. */
export class NetworkError extends AppError {
  readonly trouble: Trouble;

  constructor(trouble: Trouble, message: string, cause?: unknown) {
    super('unreachable', message, { cause });
    this.trouble = trouble;
  }
}
