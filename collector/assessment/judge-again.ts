// A kept verdict, given again from what is stored: the same evidence, norm and rules give the same
// one whenever that is done. `retrace` reads the store; the rest is pure.
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Basis, Verdict } from '#shared/model/verdict.ts';
import type { Registry } from '../registry/registry.ts';
import type { SeriesStore, StoredMeasurement } from '../series/series.ts';
import { assess } from './assess.ts';
import { createCalendar, type Holiday } from './calendar.ts';
import type { Evidence } from './evidence.ts';
import type { LineEvidence } from './gather.ts';
import { locationVerdict } from './location-verdict.ts';
import { RULES_VERSION } from './rules-version.ts';
import { toEvidence } from './to-evidence.ts';
import { DAY_MS } from './window.ts';

/**
 * What has to be kept with a verdict, because tomorrow it is another. Of the holidays those that touch
 * the window of its evidence.
 */
export function basisOf(
  lines: readonly LineEvidence[],
  holidays: readonly Holiday[],
  window: { readonly from: EpochMs; readonly to: EpochMs },
): Basis {
  return {
    lines: lines.map(({ line: { id, name, role, createdAt }, evidence }) => ({
      ...{ id, name, role, createdAt },
      devices: evidence.devices.map((device) => ({ ...device })),
      ...(evidence.lastTestAt === undefined ? {} : { lastTestAt: evidence.lastTestAt }),
      ...(evidence.receivedUpTo === undefined ? {} : { receivedUpTo: evidence.receivedUpTo }),
      plannedPerDay: evidence.plannedPerDay,
      ...(evidence.serverFaults === undefined
        ? {}
        : {
            serverFaults: evidence.serverFaults.map(({ server, from, to }) => ({
              server,
              from,
              to,
            })),
          }),
      ...(evidence.watch === undefined ? {} : { watch: { ...evidence.watch } }),
    })),
    // Within a day: holidays are local days.
    holidays: holidays
      .filter(
        ({ from, to }) =>
          Date.parse(from) <= window.to + DAY_MS && Date.parse(to) >= window.from - 2 * DAY_MS,
      )
      .map(({ from, to }) => ({ from, to })),
  };
}

export interface BasisEvidence {
  readonly line: Basis['lines'][number];
  readonly evidence: Evidence;
}

/**
 * What each line was judged by.
 * @param measurements those of the window, by whichever device; what came in later is left out.
 */
export function evidenceAgain(
  measurements: readonly StoredMeasurement[],
  basis: Basis,
  norm: Norm,
): readonly BasisEvidence[] {
  const calendar = createCalendar(norm.timeZone, basis.holidays);
  return basis.lines.map((line) => {
    const { devices, lastTestAt, plannedPerDay, serverFaults = [], watch } = line;
    const { receivedUpTo = Number.NEGATIVE_INFINITY } = line;
    const ids = new Set(devices.map(({ id }) => id));
    const seen = measurements.filter(
      ({ measurement, receivedAt }) => ids.has(measurement.deviceId) && receivedAt <= receivedUpTo,
    );
    const evidence = toEvidence(
      seen,
      {
        ...{ calendar, devices, plannedPerDay, serverFaults },
        ...(lastTestAt === undefined ? {} : { lastTestAt }),
        ...(watch === undefined ? {} : { watch }),
      },
      norm,
    );
    return { line, evidence };
  });
}

/** `measurements`: as for `evidenceAgain`. */
export function judgeAgain(
  measurements: readonly StoredMeasurement[],
  basis: Basis,
  norm: Norm,
  now: EpochMs,
): Verdict {
  const judged = evidenceAgain(measurements, basis, norm).map(({ line, evidence }) => ({
    line,
    verdict: assess(evidence, norm, now),
  }));
  return { ...locationVerdict(judged, norm, now), basis };
}

export interface Retraced {
  /** As given again; absent where it cannot be. */
  readonly again?: Verdict;
  readonly result: 'reproduced' | 'differs' | 'not_possible';
  /** What differs, or why it is not possible; empty when reproduced. */
  readonly notes: readonly string[];
}

export interface RetraceStores {
  readonly series: Pick<SeriesStore, 'query'>;
  readonly registry: Pick<Registry, 'norm' | 'predecessors'>;
}

/** Gives a kept verdict again. Rejects with `store_unavailable`. */
export async function retrace(
  { series, registry }: RetraceStores,
  locationId: string,
  kept: Verdict,
): Promise<Retraced> {
  const norm = await registry.norm(kept.normVersion);
  if (norm === undefined) return notPossible(`norm ${kept.normVersion} is not kept`);
  if (kept.basis === undefined) {
    return notPossible('it was kept by an earlier version, without what it was given by');
  }
  const places = [locationId, ...(await registry.predecessors(locationId))];
  const [from, to] = [Date.parse(kept.evidence.from), Date.parse(kept.evidence.to)];
  const found = await Promise.all(
    places.map((place) =>
      series.query({ locationId: place, from, to: to + 1, kind: 'throughput' }),
    ),
  );
  const again = judgeAgain(found.flat(), kept.basis, norm, Date.parse(kept.judgedAt));
  const notes = differences(kept, again);
  return { again, result: notes.length === 0 ? 'reproduced' : 'differs', notes };
}

/** Both were made by the same code or came from JSON that it wrote, so their keys are in one order. */
export function differences(kept: Verdict, again: Verdict): readonly string[] {
  const { rulesVersion: by = '2026.1' } = kept;
  const notes: string[] = [];
  if (by !== RULES_VERSION) {
    notes.push(`it was judged by rules ${by}, this program has ${RULES_VERSION}`);
  }
  if (kept.outcome !== again.outcome) {
    notes.push(`the outcome was ${kept.outcome} and is now ${again.outcome}`);
  }
  if (kept.evidence.tests !== again.evidence.tests) {
    const [then, now] = [kept.evidence.tests, again.evidence.tests];
    notes.push(`it rested on ${then} tests, of which the store now has ${now}`);
  }
  if (notes.length === 0 && JSON.stringify(kept) !== JSON.stringify(again)) {
    notes.push('its reasons or the tests that it used are not the same');
  }
  return notes;
}

function notPossible(why: string): Retraced {
  return { result: 'not_possible', notes: [why] };
}
