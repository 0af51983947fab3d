// A way out for tests: no proxy and no authorities of this host, unless a test says otherwise.
import { createOutbound, type Outbound, type OutboundOptions } from '#agent/network/outbound.ts';
import { createTrust } from '#agent/network/trust.ts';
import { systemClock } from '#shared/runtime/clock.ts';

export function testOutbound(change: Partial<OutboundOptions> = {}): Outbound {
  return createOutbound({ env: {}, clock: systemClock, trust: createTrust(() => []), ...change });
}
