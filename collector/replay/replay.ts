// Old tests through the estimator of this version: what each said then and would say now, and the sum.
import { inflateRawSync } from 'node:zlib';
import type { DirectionResult, TestOutcome } from '#shared/model/measurement.ts';
import { disqualifies } from '#shared/model/measurement.ts';
import type { RawDirection } from '#shared/model/raw.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import { decodeSamples } from '#shared/wire/raw-series.ts';
import type { RawQuery, RawStore, RawTest } from '../series/raw.ts';
import { Comparison } from './comparison.ts';
import { type Replayed, replayDirection, type WhatIf } from './replay-test.ts';

export interface ReplayAsked {
  readonly location?: string;
  readonly from?: string;
  readonly to?: string;
  readonly whatIf?: readonly string[];
}

export interface ReplayOutput {
  readonly write: (text: string) => void;
  readonly json: boolean;
}

const DIRECTIONS = ['download', 'upload'] as const;
const WHAT_IFS = ['required', 'provisionalShare', 'confidence', 'limitMs', 'maxBytes'] as const;
/** Counters of one direction take at most this unpacked; more was never packed by an agent. */
const MOST_BYTES = 1_000_000;

/** Throws `bad_usage`. A test whose counters cannot be read is said and passed over. */
export async function replay(
  raw: Pick<RawStore, 'read'>,
  asked: ReplayAsked,
  { write, json }: ReplayOutput,
): Promise<void> {
  const whatIf = whatIfOf(asked.whatIf ?? []);
  const sum = new Comparison();
  for await (const test of raw.read(queryOf(asked))) {
    for (const direction of DIRECTIONS) {
      const said = test[direction];
      if (said?.raw === undefined) continue;
      const line = { id: test.id, location: test.locationId, direction };
      const at = new Date(test.startedAt).toISOString();
      try {
        const now = softened(replayOf(said.raw, whatIf), test);
        sum.add(said, now);
        write(
          json
            ? `${JSON.stringify({ ...line, at, said: figures(said), now })}\n`
            : `${at}  ${test.locationId}  ${direction.padEnd(8)}  ${text(figures(said))}  →  ${text(now)}\n`,
        );
      } catch (error) {
        sum.addUnreadable();
        const problem = messageOf(error);
        write(
          json
            ? `${JSON.stringify({ ...line, at, unreadable: problem })}\n`
            : `${at}  ${test.locationId}  ${direction.padEnd(8)}  counters cannot be read: ${problem}\n`,
        );
      }
    }
  }
  write(json ? `${JSON.stringify({ sum: sum.figures() })}\n` : sum.text());
}

function replayOf({ rule, payloadShare, samples }: RawDirection, whatIf: WhatIf): Replayed {
  const steps = inflateRawSync(Buffer.from(samples, 'base64'), { maxOutputLength: MOST_BYTES });
  const { rttMs, ...rest } = rule;
  const options = { ...rest, ...(rttMs === undefined ? {} : { rttMs }) };
  return replayDirection(options, payloadShare, decodeSamples(steps), whatIf);
}

/** A flag of the machine or the line lets no test fail, then as now. */
function softened(replayed: Replayed, { flags }: RawTest): Replayed {
  const isBarred = replayed.outcome === 'fail' && flags.some(disqualifies);
  return isBarred ? { ...replayed, outcome: 'inconclusive' } : replayed;
}

function figures({ ipCapacity, interval, outcome, stoppedBy, bytes }: DirectionResult) {
  return { ipCapacity, interval, outcome, stoppedBy, bytes };
}

function text({
  ipCapacity,
  outcome,
  needsMore = false,
}: {
  readonly ipCapacity: number;
  readonly outcome: TestOutcome;
  readonly needsMore?: boolean;
}): string {
  if (needsMore) return `${ipCapacity.toFixed(1)} so far, needs more counters than there are`;
  return `${ipCapacity.toFixed(1)} Mbit/s ${outcome}`;
}

function queryOf({ location, from, to }: ReplayAsked): RawQuery {
  return {
    ...(location === undefined ? {} : { locationId: location }),
    ...(from === undefined ? {} : { from: timeOf('--from', from) }),
    ...(to === undefined ? {} : { to: timeOf('--to', to) }),
  };
}

function timeOf(flag: string, value: string): number {
  const time = Date.parse(value);
  if (Number.isFinite(time)) return time;
  throw new AppError(
    'bad_usage',
    `${flag} must be a time such as 2026-11-01 or 2026-11-01T08:00:00Z, not ${value}`,
  );
}

function whatIfOf(given: readonly string[]): WhatIf {
  const pairs = given.map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    const known = WHAT_IFS.find((each) => each === name);
    const number = Number(value);
    if (known === undefined || value === '' || !(number > 0)) {
      throw new AppError(
        'bad_usage',
        `--what-if takes NAME=NUMBER with a name of ${WHAT_IFS.join(', ')} and a number above 0, not ${pair}`,
      );
    }
    if (known === 'confidence' && number >= 1) {
      throw new AppError('bad_usage', `confidence must be below 1, such as 0.95, not ${value}`);
    }
    return [known, number] as const;
  });
  return Object.fromEntries(pairs);
}
