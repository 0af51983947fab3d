// The built pages: files as they are, and the one HTML page for every address that the pages
// themselves know. Until they are built, a page that says so.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notFound, sendError, toldOf } from './error-replies.ts';

/** Never an address of the pages. */
const NOT_PAGES = /^\/(api|healthz|readyz)(\/|$|\?)/;

export async function addPages(app: FastifyInstance, folder: string): Promise<void> {
  if (existsSync(folder)) {
    await app.register(fastifyStatic, {
      root: folder,
      index: false,
      dotfiles: 'ignore',
      cacheControl: false,
      // A folder is no page; without this it would be "forbidden", which says that it exists.
      allowedPath: (path) => !path.endsWith('/'),
      setHeaders: (reply, path) => {
        // Vite names what is in assets/ after its content.
        const isHashed = path.startsWith(join(folder, 'assets') + sep);
        reply.header(
          'cache-control',
          isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    });
  }
  app.get('/', { schema: { hide: true } }, (_request, reply) => sendPage(reply, folder));
  app.setNotFoundHandler((request, reply) =>
    isPage(request) ? sendPage(reply, folder) : sendError(reply, toldOf(notFound(request))),
  );
}

function isPage(request: FastifyRequest): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const wantsHtml = request.headers.accept?.includes('text/html') === true;
  return isRead && wantsHtml && !NOT_PAGES.test(request.url);
}

async function sendPage(reply: FastifyReply, folder: string): Promise<FastifyReply> {
  reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache');
  const html = await readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined);
  if (html === undefined) return reply.code(503).send(NOT_BUILT);
  // react-aria reads the nonce here for the few style elements that it adds.
  const meta = `<meta property="csp-nonce" nonce="${reply.cspNonce.style}">`;
  return reply.code(200).send(html.replace(/<head>/i, (head) => `${head}${meta}`));
}

const NOT_BUILT = `<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><title>Meetnet</title></head><body>
<h1>Meetnet</h1>
<p>De pagina's zijn nog niet gebouwd. Voer <code>npm run build</code> uit en herlaad deze pagina; de API werkt al.</p>
<p lang="en">The pages have not been built. Run <code>npm run build</code> and reload this page; the API works already.</p>
</body></html>
`;
