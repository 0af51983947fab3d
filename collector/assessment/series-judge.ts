// The judge over the stores: gathers, assesses each line, keeps the verdicts. For one location at a time; a
// request during a run leads to one more run, however many come.
import type { Norm } from '#shared/model/norm.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { LiveEvents } from '../live.ts';
import type { Registry } from '../registry/registry.ts';
import type { SeriesStore } from '../series/series.ts';
import { assess } from './assess.ts';
import { gather } from './gather.ts';
import type { Judge } from './judge.ts';
import { basisOf } from './judge-again.ts';
import { locationVerdict } from './location-verdict.ts';
import { NO_HOLIDAYS, placeCalendars, type SchoolHolidays } from './school-holidays.ts';
import { windowOf } from './window.ts';

export interface JudgeOptions {
  readonly series: Pick<SeriesStore, 'query'>;
  readonly registry: Pick<
    Registry,
    'devices' | 'keepNorm' | 'lines' | 'location' | 'predecessors' | 'saveVerdict' | 'serverFaults'
  >;
  /** Told of each location whose verdict was kept. */
  readonly events?: Pick<LiveEvents, 'changed'>;
  /** Asked at each run, because it may change. */
  readonly norm: () => Norm;
  readonly holidays?: SchoolHolidays;
  /** Tests a day on a quiet line that the plan asks for. */
  readonly plannedPerDay?: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Logger, 'debug'>;
}

interface Turn {
  readonly running: Promise<Verdict>;
  /** Set when a request came during the run. */
  next?: Promise<Verdict>;
}

/** `judge` rejects with `store_unavailable`, or `not_found` for an unknown location. */
export function createJudge(options: JudgeOptions): Judge {
  const turns = new Map<string, Turn>();
  /** By version; each verdict names one. */
  const normsKept = new Set<string>();
  const holidays = options.holidays ?? NO_HOLIDAYS;
  const calendarFor = placeCalendars(holidays);

  const judgeNow = async (locationId: string): Promise<Verdict> => {
    const norm = options.norm();
    const now = options.clock.now();
    const finding = options.registry.location(locationId);
    const lines = await gather(options, locationId, norm, now, {
      calendar: finding.then((found) => calendarFor(norm.timeZone, found ?? {})),
      ...(options.plannedPerDay === undefined ? {} : { plannedPerDay: options.plannedPerDay }),
    });
    const location = await finding;
    if (lines.length === 0) {
      // An agent's open session still knows the code by which its location went before.
      const successor = location?.closed?.successorId;
      if (successor !== undefined) return judgeNow(successor);
    }
    const judged = lines.map(({ line, evidence }) => ({
      line,
      verdict: assess(evidence, norm, now),
    }));
    const basis = basisOf(lines, holidays.at(location ?? {}), windowOf(norm, now));
    const verdict = { ...locationVerdict(judged, norm, now), basis };
    const byLine = new Map(judged.map((each) => [each.line.id, each.verdict]));
    if (!normsKept.has(norm.version)) {
      await options.registry.keepNorm(norm);
      normsKept.add(norm.version);
    }
    await options.registry.saveVerdict(locationId, verdict, byLine);
    options.log.debug('judged', { locationId, outcome: verdict.outcome });
    options.events?.changed(locationId);
    return verdict;
  };

  const start = (locationId: string): Promise<Verdict> => {
    const running = judgeNow(locationId);
    const turn: Turn = { running };
    turns.set(locationId, turn);
    const onEnd = () => {
      // With a next run waiting, its own turn replaces this one.
      if (turn.next === undefined) turns.delete(locationId);
    };
    running.then(onEnd, onEnd);
    return running;
  };

  return {
    judge: (locationId) => {
      const turn = turns.get(locationId);
      if (turn === undefined) return start(locationId);
      turn.next ??= turn.running.then(
        () => start(locationId),
        () => start(locationId),
      );
      return turn.next;
    },
  };
}
