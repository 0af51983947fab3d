// How the pages keep what they read: fresh until the collector says otherwise, tried again only
// where that can help, and without the browser's guess at being offline (a collector on the same
// host or campus is reachable when the internet is not).
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isPassing, isSignedOut } from './api-error.ts';
import { sessionQuery } from './queries.ts';

/** Events keep data fresh; this bounds how stale it can be if one was missed. */
const STALE_MS = 60_000;
const MAX_RETRIES = 2;

export function createQueryClient(): QueryClient {
  // A session that ended elsewhere shows in any request; the session query then says so.
  const onError = (error: unknown) => {
    if (isSignedOut(error)) void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        networkMode: 'always',
        staleTime: STALE_MS,
        retry: (failures, error) => failures < MAX_RETRIES && isPassing(error),
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
  return client;
}
