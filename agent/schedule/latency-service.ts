// A minute of probes each hour, at a moment of the hour that is this device's own.
import { createHash } from 'node:crypto';
import type { Measurement } from '#shared/model/measurement.ts';
import type { Plan } from '#shared/model/plan.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { Spool } from '../spool/spool.ts';

export type LatencyRequest = NonNullable<Plan['latency']>;

export interface LatencyServiceOptions {
  readonly deviceId: string;
  readonly plan: () => Plan;
  /** Never at the same time as a test; undefined when one runs. */
  readonly aside: <T>(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ) => Promise<T | undefined>;
  /** Undefined when it was broken off. */
  readonly measure: (
    request: LatencyRequest,
    signal: AbortSignal,
  ) => Promise<Measurement | undefined>;
  readonly spool: Pick<Spool, 'append'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const HOUR_MS = 3_600_000;

/** Ms until this device's next moment: spread by hash over the hour, the same each hour. */
export function untilProbes(deviceId: string, now: EpochMs): Ms {
  const hash = createHash('sha256').update(`${deviceId}|latency`).digest();
  const moment = Math.floor((hash.readUInt32BE() / 2 ** 32) * HOUR_MS);
  const since = (((now - moment) % HOUR_MS) + HOUR_MS) % HOUR_MS;
  return HOUR_MS - since;
}

export function createLatencyService(options: LatencyServiceOptions): Service {
  const { deviceId, plan, aside, measure, spool, clock, log } = options;
  const once = async (signal: AbortSignal) => {
    const request = plan().latency;
    if (request === undefined) return;
    const measurement = await aside((within) => measure(request, within), signal);
    if (measurement === undefined) {
      log.debug('no probes this hour: a test goes before');
      return;
    }
    await spool.append(measurement);
    log.debug('probed', { id: measurement.id });
  };
  return {
    name: 'latency',
    run: async (signal, ready) => {
      ready();
      while (!signal.aborted) {
        try {
          await clock.sleep(untilProbes(deviceId, clock.now()), signal);
          await once(signal);
        } catch (error) {
          if (signal.aborted) return;
          log.error('the hourly probes failed', { error: messageOf(error) });
        }
      }
    },
  };
}
