// Scripts that are fetched when they are first needed, as queries: so that a collector that is away
// at that moment gives an error that passes, and not a page that stays broken.
import { queryOptions } from '@tanstack/react-query';
import { ApiError, NO_REPLY } from './api-error.ts';

export const chartsScript = queryOptions({
  queryKey: ['script', 'charts'],
  queryFn: async () => {
    try {
      return await import('../components/capacity-charts.tsx');
    } catch (cause) {
      throw new ApiError(NO_REPLY, 'the script of the charts cannot be fetched', { cause });
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
});
