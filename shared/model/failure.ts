// Why a test gave no result: a fixed vocabulary, so that failures can be counted and compared.
// An error of the network is data; only a bug is an exception.
import { z } from 'zod';

export const FAILURES = [
  'dns_lookup_failed',
  'network_unreachable',
  'connect_refused',
  'connect_timed_out',
  'connection_reset',
  'connection_closed',
  'tls_failed',
  /** The certificate is not one that this device trusts for this name: TLS interception, most likely. */
  'tls_untrusted',
  /** Something else than the measure server answered: captive portal, filter, proxy. */
  'intercepted',
  /** The server spoke, but not our protocol, or refused with a status we do not know. */
  'protocol_error',
  /** The measure server refused the token, or is full. */
  'not_admitted',
  /** The hard limit on the whole test was reached. */
  'test_timed_out',
  /** Stopped by its owner: shutdown or an operator. */
  'stopped',
  /** The line never fell quiet in the time allowed (in path only). */
  'line_busy',
  /** The byte budget of the day or the month did not allow the test. */
  'over_budget',
  'unknown_failure',
] as const;

export const failureCodeSchema = z.enum(FAILURES);
export type FailureCode = z.infer<typeof failureCodeSchema>;

export const failureSchema = z.object({
  code: failureCodeSchema,
  /** What was being done: `connect`, `download`, `upload`, `latency`, `admission`. */
  operation: z.string().max(40),
  /** For people; addresses are left out. */
  message: z.string().max(500),
});
export type Failure = z.infer<typeof failureSchema>;
