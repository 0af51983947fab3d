// What stands of each location opens, moves, closes and reopens dossiers: looked at each hour.
import type { Author, Dossier, DossierEvent, StandingVerdict } from '#shared/model/dossier.ts';
import type { Overrule } from '#shared/model/overrule.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { LiveEvents } from '../live.ts';
import type { Registry } from '../registry/registry.ts';
import { repeating } from '../repeating.ts';
import { stateAfterVerdict } from './state-after-verdict.ts';

const EVERY_MS = 3_600_000;

export interface WatchOptions {
  readonly registry: Pick<Registry, 'dossiers' | 'verdict' | 'verdictHistory' | 'overrules'>;
  /** The verdict that stands, of a history, the newest one and overrules. */
  readonly standing: (
    said: {
      readonly history: readonly Verdict[];
      readonly latest: Verdict | undefined;
      readonly overrules: readonly Overrule[];
    },
    now: EpochMs,
  ) => StandingVerdict | undefined;
  readonly events: Pick<LiveEvents, 'changed'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a standing verdict adds to the dossier, or to the lack of one. Pure. */
export function eventOfVerdict(
  dossier: Dossier | undefined,
  verdict: StandingVerdict,
): DossierEvent | undefined {
  if (dossier === undefined) {
    return verdict.outcome === 'below' ? { kind: 'opened', verdict } : undefined;
  }
  const before = dossier.verdict;
  const isNew = before.outcome !== verdict.outcome || before.overrule?.id !== verdict.overrule?.id;
  const isMove = stateAfterVerdict(dossier, verdict) !== dossier.state;
  return isNew || isMove ? { kind: 'measured', verdict } : undefined;
}

export function watchVerdicts(options: WatchOptions): Service {
  const { registry, clock, log } = options;
  const work = async (signal: AbortSignal) => {
    for (const locationId of await registry.dossiers.locationsToWatch()) {
      if (signal.aborted) return;
      // One that fails must not keep the others from theirs.
      await look(options, locationId).catch((error: unknown) => {
        // A person was first; the next hour sees what is left to say.
        if (error instanceof AppError && error.code === 'conflict') return;
        log.error('a dossier was not compared with its verdict', {
          location: locationId,
          error: messageOf(error),
        });
      });
    }
  };
  return repeating({ name: 'dossier watch', everyMs: EVERY_MS, work, clock, log });
}

async function look(options: WatchOptions, locationId: string): Promise<void> {
  const { registry, standing, events, clock, log } = options;
  const now = clock.now();
  const [history, latest, overrules] = await Promise.all([
    registry.verdictHistory(locationId),
    registry.verdict(locationId),
    registry.overrules(locationId),
  ]);
  const verdict = standing({ history, latest, overrules }, now);
  if (verdict === undefined) return;
  const dossier = await registry.dossiers.dossier(locationId);
  const event = eventOfVerdict(dossier, verdict);
  if (event === undefined) return;
  const after = await registry.dossiers.append({
    locationId,
    version: dossier?.version ?? 0,
    step: {
      at: new Date(now).toISOString(),
      ...saidBy(verdict),
      event,
    },
  });
  log.info('dossier moved by its verdict', { location: locationId, state: after.state });
  events.changed(locationId);
}

function saidBy({ outcome, since, normVersion, overrule }: StandingVerdict): {
  author: Author;
  reason: string;
} {
  if (overrule !== undefined) {
    return { author: { kind: 'person', ...overrule.author }, reason: overrule.reason };
  }
  return { author: { kind: 'measurement' }, reason: `${outcome}, ${since}, ${normVersion}` };
}
