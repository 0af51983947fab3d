// Puts the dossiers together: desks for the API and the survey, services that watch and remind.
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { Service } from '#shared/runtime/service.ts';
import { mayActOnDossier } from './api/access.ts';
import type { DossierDeps } from './api/deps.ts';
import { standingVerdict } from './assessment/standing-verdict.ts';
import type { CollectorSettings } from './config/settings.ts';
import { DEFAULT_DEADLINES } from './dossiers/deadlines.ts';
import { createDesk } from './dossiers/desk.ts';
import { presentKindOf } from './dossiers/present-kind.ts';
import { remindDaily } from './dossiers/remind.ts';
import type { Schemes } from './dossiers/subsidy/schemes.ts';
import { createSurveyDesk } from './dossiers/survey-desk.ts';
import { watchVerdicts } from './dossiers/watch-verdicts.ts';
import type { LiveEvents } from './live.ts';
import type { Registry } from './registry/registry.ts';

export interface DossierPartsOptions {
  readonly settings: Pick<CollectorSettings, 'dossierDeadlines'>;
  readonly registry: Registry;
  readonly schemes: Schemes;
  readonly events: LiveEvents;
  readonly pagesUrl: () => string;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface DossierParts {
  readonly api: DossierDeps;
  readonly services: readonly Service[];
}

export function dossierParts(options: DossierPartsOptions): DossierParts {
  const { registry, schemes, events, clock, log } = options;
  const deadlines = options.settings.dossierDeadlines ?? DEFAULT_DEADLINES;
  const desk = createDesk({ ...options, deadlines });
  return {
    api: {
      ...{ desk, schemes, deadlines, survey: createSurveyDesk({ registry, desk, clock }) },
      presentKind: async (locationId) => presentKindOf(await registry.lines(locationId)),
    },
    services: [
      watchVerdicts({ registry, standing: standingVerdict, events, clock, log }),
      remindDaily({ ...options, deadlines, mayAct: mayActOnDossier }),
    ],
  };
}
