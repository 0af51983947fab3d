// WebSocket, or requests where it is not let through; and back again. Pure.
import type { Ms } from '#shared/model/units.ts';
import type { Trouble } from '../network/trouble.ts';

export type TransportKind = 'websocket' | 'https';

export interface TransportChoice {
  readonly next: TransportKind;
  /** WebSocket sessions in a row that broke soon after they were open. */
  readonly shortInARow: number;
  /** While over HTTPS: how long until WebSocket is tried again, from the welcome. */
  readonly backAfterMs: Ms;
}

/** How an attempt or a session ended. */
export interface TransportEnd {
  /** Why there was no connection; absent when there was one. */
  readonly trouble?: Trouble;
  /** How long it was welcome; absent when it never was. */
  readonly openMs?: Ms;
  /** The collector ended it, in its own words, or we did. */
  readonly isOrderly: boolean;
}

/** Networks change their filters seldom, and each try costs the uplink a few seconds. */
const BACK_AFTER_MS = { least: 3_600_000, most: 86_400_000 };
/** A middlebox that ends a WebSocket does it in the first minute or two. */
const SHORT_MS: Ms = 120_000;
const MANY_SHORT = 3;

export const FIRST_CHOICE: TransportChoice = {
  next: 'websocket',
  shortInARow: 0,
  backAfterMs: BACK_AFTER_MS.least,
};

/** What HTTPS would meet too. A page in the answer's place is not: filters put one in a WebSocket's alone. */
const ON_ANY_WAY: readonly Trouble['code'][] = [
  'dns_lookup_failed',
  'network_unreachable',
  'connect_refused',
  'connect_timed_out',
  'proxy_refused',
  'tls_failed',
  'tls_intercepted',
  'certificate_expired',
  'clock_wrong',
  'collector_busy',
];

export function afterWebSocket(choice: TransportChoice, end: TransportEnd): TransportChoice {
  if (end.openMs === undefined) {
    const isElsewhere = end.trouble !== undefined && ON_ANY_WAY.includes(end.trouble.code);
    return isElsewhere || end.isOrderly ? choice : { ...choice, next: 'https' };
  }
  if (end.isOrderly || end.openMs >= SHORT_MS) return FIRST_CHOICE;
  const shortInARow = choice.shortInARow + 1;
  return shortInARow < MANY_SHORT
    ? { ...choice, shortInARow }
    : { ...choice, shortInARow, next: 'https' };
}

/** `isTimeUp`: ended by us, to try WebSocket again. */
export function afterHttps(
  choice: TransportChoice,
  end: TransportEnd,
  isTimeUp: boolean,
): TransportChoice {
  // Not HTTPS either: then it was not the WebSocket that was in the way.
  if (end.openMs === undefined) return { ...choice, next: 'websocket' };
  if (!isTimeUp) return choice;
  const backAfterMs = Math.min(BACK_AFTER_MS.most, 2 * choice.backAfterMs);
  return { next: 'websocket', shortInARow: MANY_SHORT - 1, backAfterMs };
}
