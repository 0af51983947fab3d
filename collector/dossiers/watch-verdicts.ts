// Measurements open, move, close and reopen dossiers: looks each hour at what stands.
import type { Dossier, DossierEvent, StandingVerdict } from '#shared/model/dossier.ts';
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
  readonly registry: Pick<Registry, 'dossiers' | 'verdict' | 'verdictHistory'>;
  /** The verdict that stands, of a history (oldest first) and the newest one. */
  readonly standing: (
    history: readonly Verdict[],
    latest: Verdict | undefined,
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
  const isNew = dossier.verdict.outcome !== verdict.outcome;
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
  const history = await registry.verdictHistory(locationId);
  const verdict = standing(history, await registry.verdict(locationId), now);
  if (verdict === undefined) return;
  const dossier = await registry.dossiers.dossier(locationId);
  const event = eventOfVerdict(dossier, verdict);
  if (event === undefined) return;
  const after = await registry.dossiers.append({
    locationId,
    version: dossier?.version ?? 0,
    step: {
      at: new Date(now).toISOString(),
      author: { kind: 'measurement' },
      reason: `${verdict.outcome}, ${verdict.since}, ${verdict.normVersion}`,
      event,
    },
  });
  log.info('dossier moved by measurement', { location: locationId, state: after.state });
  events.changed(locationId);
}
