// The survey's door: GET shows, POST answers. No account, no cookie, no script; the link's secret
// is in the path, so no path is logged and no other site is told of it.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { perMinute } from '../api/api-scope.ts';
import { createAttempts } from '../api/attempts.ts';
import { toldOf } from '../api/error-replies.ts';
import type { OpenedSurvey, SurveyDesk } from '../dossiers/survey-desk.ts';
import type { Language } from '../dossiers/words.ts';
import { fieldsOf, fieldsOfAnswer, parseFields } from './form.ts';
import { donePage, type Frame, formPage, noticePage } from './page.ts';
import type { Notice } from './texts.ts';

export interface SurveyRoutesDeps {
  readonly survey: SurveyDesk;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A school's staff shares one address; each page is one request. */
const REQUESTS_PER_MINUTE = 60;
/** Guesses at a secret of 192 bits; the limit is for the log's and the store's sake. */
const WRONG_LINKS = { max: 30, windowMs: 10 * 60_000 };
/** Every field at its limit, percent-encoded. */
const MAX_BODY_BYTES = 16_384;
const TOKEN = /^[\w-]{20,100}$/;

const STATUS: Readonly<Record<Notice, number>> = {
  unknown: 404,
  expired: 410,
  moved_on: 409,
  too_many: 429,
  fault: 500,
};

export async function addSurvey(app: FastifyInstance, deps: SurveyRoutesDeps): Promise<void> {
  await app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MAX_BODY_BYTES },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    );
    scope.addHook('onSend', async (_request, reply) => {
      reply.header('cache-control', 'no-store').header('x-robots-tag', 'noindex, nofollow');
    });
    scope.setErrorHandler((error: unknown, request, reply) => {
      const { status, body } = toldOf(error);
      const notice = status === 429 ? 'too_many' : status === 404 ? 'unknown' : 'fault';
      if (status >= 500) deps.log.error('survey failed', { error: body.error.message });
      return sendPage(reply, noticePage(frameOf(request, reply), notice), status);
    });
    addRoutes(scope, deps);
  });
}

function addRoutes(app: FastifyInstance, { survey, clock }: SurveyRoutesDeps): void {
  const wrongLinks = createAttempts(WRONG_LINKS, clock);
  const options = { config: perMinute(REQUESTS_PER_MINUTE), schema: { hide: true } };
  const looked = async (
    request: FastifyRequest,
    look: (token: string) => Promise<OpenedSurvey>,
  ): Promise<OpenedSurvey> => {
    wrongLinks.check(request.ip);
    const { token } = request.params as { token: string };
    const opened = TOKEN.test(token) ? await look(token) : ({ status: 'unknown' } as const);
    if (opened.status === 'unknown') wrongLinks.count(request.ip);
    return opened;
  };

  app.get('/survey/:token', options, async (request, reply) => {
    const opened = await looked(request, (token) => survey.open(token));
    const frame = frameOf(request, reply);
    if (opened.status !== 'open') return sendNotice(reply, frame, opened.status);
    const { answer, contactName } = opened;
    const page = { ...frame, ...opened, fields: fieldsOfAnswer(answer, contactName) };
    const isDone = answer !== null && new URLSearchParams(queryOf(request)).has('done');
    return sendPage(reply, isDone ? donePage(page) : formPage({ ...page, faults: [] }));
  });

  app.post('/survey/:token', options, async (request, reply) => {
    const sent = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const language = sent.get('lang') === 'en' ? 'en' : 'nl';
    const frame = { ...frameOf(request, reply), language } as const;
    const fields = fieldsOf(sent);
    const parsed = parseFields(fields);
    const opened = await looked(request, (token) =>
      'faults' in parsed
        ? survey.open(token)
        : survey.answer(token, parsed.answer, parsed.contactName),
    );
    if (opened.status !== 'open') return sendNotice(reply, frame, opened.status);
    if ('faults' in parsed) {
      return sendPage(reply, formPage({ ...frame, ...opened, fields, faults: parsed.faults }), 422);
    }
    // Reloading the page that follows sends nothing again.
    return reply.redirect(`${frame.path}?done=1&lang=${language}`, 303);
  });
}

function sendNotice(reply: FastifyReply, frame: Frame, notice: Notice): FastifyReply {
  return sendPage(reply, noticePage(frame, notice), STATUS[notice]);
}

function sendPage(reply: FastifyReply, page: string, status = 200): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(page);
}

function frameOf(request: FastifyRequest, reply: FastifyReply): Frame {
  const lang = new URLSearchParams(queryOf(request)).get('lang');
  const language: Language = lang === 'en' ? 'en' : 'nl';
  return { language, path: request.url.split('?')[0] ?? '', nonce: reply.cspNonce.style };
}

function queryOf(request: FastifyRequest): string {
  return request.url.split('?')[1] ?? '';
}
