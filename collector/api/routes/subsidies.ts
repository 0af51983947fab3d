// Subsidy schemes, and what one would give: an estimate with its calculation.
import { AppError } from '#shared/runtime/errors.ts';
import { errorBodySchema } from '#shared/wire/api.ts';
import {
  estimateRequestSchema,
  estimateViewSchema,
  schemeListSchema,
} from '#shared/wire/dossier-api.ts';
import { localDay } from '../../dossiers/local-day.ts';
import { estimate } from '../../dossiers/subsidy/estimate.ts';
import { nearestScheme, schemeOn } from '../../dossiers/subsidy/schemes.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { estimateView } from '../dossier-views.ts';
import { signedIn } from '../sign-in.ts';

export function addSubsidyRoutes(app: ApiScope, deps: ApiDeps): void {
  const { schemes } = deps.dossiers;
  app.get(
    '/subsidies/schemes',
    {
      schema: {
        summary: 'Subsidy schemes that are known here',
        response: { 200: schemeListSchema },
      },
    },
    async (request) => {
      signedIn(request);
      const openNow = schemeOn(schemes.all, localDay(deps.clock.now()))?.id ?? null;
      return { schemes: [...schemes.all], openNow };
    },
  );
  app.post(
    '/subsidies/estimates',
    {
      schema: {
        summary: 'What a scheme would give for an application, with the calculation',
        body: estimateRequestSchema,
        response: { 200: estimateViewSchema, 400: errorBodySchema },
      },
    },
    async (request) => {
      signedIn(request);
      const { application, schemeId, readingId } = request.body;
      const scheme =
        schemeId === undefined
          ? nearestScheme(schemes.all, application.on)
          : schemes.all.find(({ id }) => id === schemeId);
      if (scheme === undefined) {
        throw new AppError(
          'bad_request',
          `body/schemeId: there is no scheme ${schemeId}; known are ${schemes.all.map(({ id }) => id).join(', ')}`,
        );
      }
      return estimateView(estimate(scheme, application, readingId ?? schemes.readingOf(scheme)));
    },
  );
}
