// What a flag does to a test: one that carries it can prove a pass, never a fail.
import type { DirectionResult, Flag } from '#shared/model/measurement.ts';

/** An unsynchronised clock spoils one-way figures only; throughput is measured on one clock. */
export function disqualifies(flag: Flag): boolean {
  return flag !== 'clock_unsynced';
}

export function withoutFail<T extends { download?: DirectionResult; upload?: DirectionResult }>(
  results: T,
): T {
  const soften = ({ provisional: _, ...result }: DirectionResult): DirectionResult =>
    result.outcome === 'fail' ? { ...result, outcome: 'inconclusive' } : result;
  return {
    ...results,
    ...(results.download === undefined ? {} : { download: soften(results.download) }),
    ...(results.upload === undefined ? {} : { upload: soften(results.upload) }),
  };
}
