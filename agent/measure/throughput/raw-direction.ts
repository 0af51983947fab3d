// Packs what a direction's estimator had, for the collector to keep.
import { deflateRawSync } from 'node:zlib';
import type { Sample } from '#shared/flow/byte-curve.ts';
import type { StopRuleOptions } from '#shared/flow/stop-rule.ts';
import { MAX_RAW_TEXT, type RawDirection } from '#shared/model/raw.ts';
import { encodeSamples } from '#shared/wire/raw-series.ts';

/** Undefined when it would not fit: a result without its raw series is still a result. */
export function rawDirection(
  rule: StopRuleOptions,
  payloadShare: number,
  samples: readonly Sample[],
): RawDirection | undefined {
  const text = deflateRawSync(encodeSamples(samples)).toString('base64');
  if (text.length > MAX_RAW_TEXT) return undefined;
  const { rttMs, ...rest } = rule;
  return {
    rule: { ...rest, ...(rttMs === undefined ? {} : { rttMs }) },
    payloadShare,
    samples: text,
  };
}
