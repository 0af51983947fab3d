// A LibreSpeed server that shares nothing with ours, from what its PHP scripts do: chunked answers
// without a length, a body that is read to its end before an upload is answered.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface PhpLibrespeed extends AsyncDisposable {
  readonly port: number;
  /** Bytes of uploads that were received to their end. */
  readonly uploaded: number;
  /** Paths without their queries, in the order in which they came first. */
  readonly paths: readonly string[];
  readonly userAgents: ReadonlySet<string>;
}

export interface PhpOptions {
  /** Where the scripts are, e.g. `/speedtest/backend/`. */
  readonly folder?: string;
  readonly extension?: '.php' | '';
  /** What any other address is answered with: a site that has a page for everything. */
  readonly elsewhere?: 'not_found' | 'a_page';
  /** Status of uploads and downloads. */
  readonly status?: number;
  readonly quirk?: Quirk;
}

/**
 * What servers of this kind were seen to do besides. `exact_headers`: a body's length is known in the
 * usual case alone, and is read in blocks of 1024 (speedtest-rust); `early_answer`: uploads are
 * answered before they have come; `hangs_up`: a connection is closed after each answer, without a
 * word; `garbage_is_a_page`: there is no download at its address; `load_moved`: what carries load is
 * elsewhere, below `moved/`.
 */
export type Quirk =
  | 'exact_headers'
  | 'early_answer'
  | 'hangs_up'
  | 'garbage_is_a_page'
  | 'load_moved';

const MIB = 1_048_576;

export async function startPhpLibrespeed(options: PhpOptions = {}): Promise<PhpLibrespeed> {
  const {
    folder = '/',
    extension = '.php',
    elsewhere = 'not_found',
    status = 200,
    quirk,
  } = options;
  const data = randomBytes(MIB);
  const seen = { uploaded: 0, paths: [] as string[], userAgents: new Set<string>() };
  const garbage = (response: ServerResponse, url: URL) => {
    response.writeHead(status, { 'content-type': 'application/octet-stream' });
    let chunks = status === 200 ? Number(url.searchParams.get('ckSize') ?? 4) : 0;
    const next = () => {
      while (chunks > 0) {
        chunks -= 1;
        if (!response.write(data)) {
          response.once('drain', next);
          return;
        }
      }
      response.end();
    };
    next();
  };
  const empty = (request: IncomingMessage, response: ServerResponse) => {
    if (quirk === 'early_answer') response.writeHead(200).end();
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => {
      seen.uploaded += bytes;
      if (quirk !== 'early_answer')
        response.writeHead(bytes > 0 ? status : 200, { 'cache-control': 'no-store' }).end();
    });
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    if (!seen.paths.includes(url.pathname)) seen.paths.push(url.pathname);
    seen.userAgents.add(request.headers['user-agent'] ?? '');
    if (quirk === 'exact_headers' && !isReadableInBlocks(request)) {
      request.socket.destroy();
      return;
    }
    if (quirk === 'hangs_up') response.once('finish', () => request.socket.destroySoon());
    const name = url.pathname.replace(`${folder}moved/`, folder);
    const isGarbage = name === `${folder}garbage${extension}`;
    const isLoad = isGarbage || request.method === 'POST';
    if (quirk === 'load_moved' && isLoad && name === url.pathname) {
      const location = `${folder}moved/${name.slice(folder.length)}${url.search}`;
      request.resume().once('end', () => response.writeHead(307, { location }).end('moved'));
      return;
    }
    if (isGarbage && quirk === 'garbage_is_a_page') response.end('<!doctype html>'.repeat(500));
    else if (isGarbage) garbage(response, url);
    else if (name === `${folder}empty${extension}`) empty(request, response);
    else if (elsewhere === 'a_page') response.end('<!doctype html><title>welcome</title>');
    else response.writeHead(404).end('not found');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return Object.assign(seen, {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function isReadableInBlocks({ method, headers, rawHeaders }: IncomingMessage): boolean {
  if (method !== 'POST') return true;
  return rawHeaders.includes('Content-Length') && Number(headers['content-length']) % 1024 === 0;
}
