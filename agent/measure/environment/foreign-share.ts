// Whose bytes passed the port during a load: pure. Of what the interface counted, the test's own are its
// payload and a header for each packet that the interface counted; the rest is others'.
import type { DirectionResult } from '#shared/model/measurement.ts';
import type { Direction } from '#shared/model/norm.ts';
import { type Bytes, bytesAt, type Ms, type Share } from '#shared/model/units.ts';
import type { PortBytes } from './port.ts';

export interface PortSample {
  /** Since the load began. */
  readonly elapsedMs: Ms;
  /** Payload of the test that its receiver had counted. */
  readonly ownBytes: Bytes;
  readonly port: PortBytes;
}

export interface PortLoad {
  readonly direction: Direction;
  readonly samples: readonly PortSample[];
  readonly isEthernet: boolean;
}

interface Measured {
  readonly download?: DirectionResult;
  readonly upload?: DirectionResult;
}

const ETHERNET_HEADER_BYTES = 14;
/** IP, TCP, and the timestamps that every system of today adds (RFC 7323). */
const HEADER_BYTES = { 4: 20 + 20 + 12, 6: 40 + 20 + 12 } as const;
/** The counts, latency probes and acknowledgements of the test itself. */
const OWN_CONTROL_BYTES_PER_S = 5_000;

/** The largest share of the port's bytes in a direction that were others'; undefined where none tells. */
export function foreignShare(
  loads: readonly PortLoad[],
  measured: Measured,
  ipVersion: 4 | 6 = 4,
): Share | undefined {
  const shares = loads.flatMap((load) => {
    const result = measured[load.direction];
    const share = result === undefined ? undefined : shareOf(load, result, ipVersion);
    return share === undefined ? [] : [share];
  });
  return shares.length === 0 ? undefined : Math.max(...shares);
}

/**
 * Over the part of the load that the reading is of: before it a queue fills, and what waits there has
 * passed the port and not come.
 */
function shareOf(load: PortLoad, result: DirectionResult, ipVersion: 4 | 6): Share | undefined {
  const first = load.samples.find(({ elapsedMs }) => elapsedMs >= (result.warmUpMs ?? 0));
  const last = load.samples.at(-1);
  if (first === undefined || last === undefined || first === last) return undefined;
  const [bytes, packets] =
    load.direction === 'download'
      ? (['received', 'receivedPackets'] as const)
      : (['sent', 'sentPackets'] as const);
  const passed = last.port[bytes] - first.port[bytes];
  if (passed <= 0) return undefined;
  const header = HEADER_BYTES[ipVersion] + (load.isEthernet ? ETHERNET_HEADER_BYTES : 0);
  const headers = (last.port[packets] - first.port[packets]) * header;
  const control = (OWN_CONTROL_BYTES_PER_S * (last.elapsedMs - first.elapsedMs)) / 1000;
  const own = last.ownBytes - first.ownBytes + headers + control + queued(load, result);
  return Math.max(0, (passed - own) / passed);
}

/** An upload's queue may have grown meanwhile by as much as round trips under the load differ. */
function queued({ direction }: PortLoad, { goodput, loaded }: DirectionResult): Bytes {
  const roundTrip = loaded?.probes.roundTrip;
  if (direction === 'download' || roundTrip === undefined) return 0;
  return bytesAt(goodput, roundTrip.p95Ms - roundTrip.p50Ms);
}
