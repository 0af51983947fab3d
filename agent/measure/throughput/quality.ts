// What a disqualifying flag does to a test's results: passes stay, fails do not.
import type { DirectionResult } from '#shared/model/measurement.ts';

/**
 * A fail becomes inconclusive and stays known as withheld. `near_kept`: where it is near the norm it still
 * wants its second run, for others' traffic keeps it from counting against the line, not in use.
 */
export function withoutFail<T extends { download?: DirectionResult; upload?: DirectionResult }>(
  results: T,
  near: 'near_kept' | 'near_dropped',
): T {
  const soften = ({ provisional, ...result }: DirectionResult): DirectionResult =>
    result.outcome === 'fail'
      ? {
          ...{ ...result, outcome: 'inconclusive', withheld: 'fail' },
          ...(provisional === true && near === 'near_kept' ? { provisional } : {}),
        }
      : result;
  return {
    ...results,
    ...(results.download === undefined ? {} : { download: soften(results.download) }),
    ...(results.upload === undefined ? {} : { upload: soften(results.upload) }),
  };
}
