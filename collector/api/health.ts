// For whoever watches the process: /healthz says that it lives, /readyz that its stores answer.
import type { FastifyInstance } from 'fastify';
import { withDeadline } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { ApiDeps } from './deps.ts';

/** A watcher asks every few seconds and gives up by itself after about as long. */
const DEADLINE_MS = 2000;

export function addHealth(
  app: FastifyInstance,
  deps: Pick<ApiDeps, 'registry' | 'series' | 'clock' | 'log'>,
): void {
  const answer = (name: 'registry' | 'series') =>
    withDeadline(
      deps.clock,
      DEADLINE_MS,
      () => new AppError('store_unavailable', `no answer within ${DEADLINE_MS / 1000} s`),
      () => deps[name].ready(),
    ).then(
      () => 'ok',
      (error: unknown) => {
        // Whoever asks is not signed in; addresses and the like are for the log.
        deps.log.warn('not ready', { store: name, error: messageOf(error) });
        return 'unavailable';
      },
    );
  app.get('/healthz', { schema: { hide: true } }, () => ({ status: 'ok' }));
  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const [registry, series] = await Promise.all([answer('registry'), answer('series')]);
    const isReady = registry === 'ok' && series === 'ok';
    reply.code(isReady ? 200 : 503);
    return { status: isReady ? 'ready' : 'not_ready', stores: { registry, series } };
  });
}
