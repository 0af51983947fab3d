// The ways to a collector that a setting allows.
import type { Clock } from '#shared/runtime/clock.ts';
import type { Outbound } from '../network/outbound.ts';
import { connectHttps } from './https.ts';
import type { Ways } from './uplink-service.ts';
import { connectWebSocket } from './websocket.ts';

/** `auto`: WebSocket, and HTTPS where that is not let through. */
export type UplinkMode = 'auto' | 'websocket' | 'https';

export function waysTo(
  collector: string,
  mode: UplinkMode,
  outbound: Outbound,
  clock: Pick<Clock, 'sleep'>,
): Ways {
  const websocket = connectWebSocket(collector, outbound);
  const https = connectHttps(collector, outbound, clock);
  switch (mode) {
    case 'auto':
      return { websocket, https };
    case 'websocket':
      return { websocket };
    case 'https':
      return { https };
  }
}
