// A calibration in words: what the device carries, what the norm asks of it, what that means.
import { type Calibration, leastToCarry, tooSlowFor } from '#shared/model/calibration.ts';
import type { Norm } from '#shared/model/norm.ts';

/** One sentence, without a full stop. */
export function calibrationText(calibration: Calibration, norm: Norm): string {
  const { downloadMbps, uploadMbps } = calibration;
  const slow = tooSlowFor(calibration, norm).map(({ direction }) => direction);
  const carried = `this device carries ${whole(downloadMbps)} Mbit/s down and ${whole(uploadMbps)} up by itself; ${whole(leastToCarry(norm, 'download'))} and ${whole(leastToCarry(norm, 'upload'))} are needed`;
  return slow.length === 0
    ? `${carried}: fit to show that a line falls short`
    : `${carried}: too slow to show that a line's ${slow.join(' or ')} falls short; it can still show that a line meets the norm`;
}

function whole(mbps: number): string {
  return mbps < 10 ? mbps.toFixed(1) : String(Math.round(mbps));
}
