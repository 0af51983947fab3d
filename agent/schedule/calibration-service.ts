// Calibrates where that was never done, or another agent or another Node runs than did then: once, a while
// after the start, never beside a test.
import type { Calibration } from '#shared/model/calibration.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { aborted, type Service } from '#shared/runtime/service.ts';

export interface CalibrationServiceOptions {
  readonly isDue: () => boolean;
  /** Never at the same time as a test; undefined when one runs. */
  readonly aside: <T>(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ) => Promise<T | undefined>;
  readonly calibrate: (signal: AbortSignal) => Promise<Calibration>;
  readonly onCalibrated: (calibration: Calibration) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The start itself must be over: what a device is busy with then is not what it is busy with in a test. */
const FIRST_MS = 60_000;
/** A test went before, or this was in a test's way. */
const BUSY_MS = 5 * 60_000;
const FAILED_MS = 6 * 3_600_000;

export function createCalibrationService(options: CalibrationServiceOptions): Service {
  const { isDue, aside, calibrate, onCalibrated, clock, log } = options;
  /** How long until the next try. */
  const once = async (signal: AbortSignal): Promise<number> => {
    let stop: AbortSignal = signal;
    try {
      const made = await aside((within) => {
        stop = within;
        return calibrate(within);
      }, signal);
      if (made === undefined) return BUSY_MS;
      onCalibrated(made);
      const { downloadMbps, uploadMbps } = made;
      log.info('calibrated', { downloadMbps, uploadMbps });
    } catch (error) {
      if (stop.aborted) return BUSY_MS;
      log.warn('the calibration failed', { error: messageOf(error) });
    }
    return FAILED_MS;
  };
  return {
    name: 'calibration',
    run: async (signal, ready) => {
      ready();
      let waitMs = FIRST_MS;
      while (!signal.aborted && isDue()) {
        await clock.sleep(waitMs, signal).catch(() => {});
        if (!signal.aborted) waitMs = await once(signal);
      }
      await aborted(signal);
    },
  };
}
