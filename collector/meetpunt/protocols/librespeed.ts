// LibreSpeed's backend (github.com/librespeed/speedtest, backend/*.php), as its pages and its CLI
// call it: `garbage`, `empty` and `getIP`, with and without `.php`, under `/` and `/backend/`.
// Two things are ours: nobody is asked who a client's provider is (`isp` then says that it is
// unknown), and headers that a client could forge are not believed for its address. The list of
// servers that the CLI asks a host for (`/.well-known/librespeed`) names this one.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endpoint, shownAddress } from './client-address.ts';
import type { GuestDesk } from './guest-desk.ts';
import {
  admitGuest,
  type Headers,
  hasBody,
  receiveLoad,
  refuseBody,
  reply,
  sendLoad,
  setHeaders,
} from './http-load.ts';

const PATH = /^\/(?:backend\/)?(garbage|empty|getIP)(?:\.php)?$/;
const LIST_PATH = '/.well-known/librespeed';
const CHUNK_BYTES = 1_048_576;
const CHUNKS = 4;
const MOST_CHUNKS = 1024;

/** In two lines, as the backend sends them. */
const NEVER_CACHED: Headers = {
  'cache-control': [
    'no-store, no-cache, must-revalidate, max-age=0, s-maxage=0',
    'post-check=0, pre-check=0',
  ],
  pragma: 'no-cache',
};
const GARBAGE: Headers = {
  'content-description': 'File Transfer',
  'content-type': 'application/octet-stream',
  'content-disposition': 'attachment; filename=random.dat',
  'content-transfer-encoding': 'binary',
};
const ANY_ORIGIN: Headers = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST',
};

/** False when the request is not LibreSpeed's. */
export function answerLibrespeed(
  desk: GuestDesk,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): boolean {
  if (url.pathname === LIST_PATH) {
    answerList(request, response);
    return true;
  }
  const script = PATH.exec(url.pathname)?.[1];
  if (script === undefined) return false;
  const cors = url.searchParams.has('cors') ? ANY_ORIGIN : {};
  if (script !== 'empty' && refuseBody(request, response, cors)) return true;
  if (script === 'garbage') answerGarbage(desk, request, response, url, cors);
  else if (script === 'empty') answerEmpty(desk, request, response, cors);
  else {
    const type = { 'content-type': 'application/json; charset=utf-8' };
    const said = addressText(request.socket.remoteAddress, url.searchParams.has('isp'));
    reply(response, 200, said, { ...cors, ...type, ...NEVER_CACHED });
    request.resume();
  }
  return true;
}

/** Pages of other origins load such lists without a parameter that asks for it. */
function answerList(request: IncomingMessage, response: ServerResponse): void {
  if (refuseBody(request, response, ANY_ORIGIN)) return;
  request.resume();
  const { socket } = request;
  const host = request.headers.host ?? endpoint(socket.localAddress, socket.localPort);
  const entry = {
    id: 1,
    name: 'Meetnet measure server',
    server: `${'encrypted' in socket ? 'https:' : ''}//${host}/`,
    ...{ dlURL: 'garbage.php', ulURL: 'empty.php', pingURL: 'empty.php', getIpURL: 'getIP.php' },
    ...{ sponsorName: '', sponsorURL: '' },
  };
  const type = { 'content-type': 'application/json; charset=utf-8' };
  reply(response, 200, JSON.stringify([entry]), { ...ANY_ORIGIN, ...type, ...NEVER_CACHED });
}

function answerGarbage(
  desk: GuestDesk,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  cors: Headers,
): void {
  const bytes = CHUNK_BYTES * chunksOf(url.searchParams.get('ckSize'));
  const headers = { ...cors, ...GARBAGE, ...NEVER_CACHED };
  request.resume();
  if (request.method === 'OPTIONS') {
    reply(response, 200, '', headers);
    return;
  }
  if (request.method === 'HEAD' || bytes === 0) {
    setHeaders(response, headers);
    response.writeHead(200, { 'content-length': bytes }).end();
    return;
  }
  const visit = admitGuest(desk, request, response, cors);
  if (visit === undefined) return;
  setHeaders(response, headers);
  response.writeHead(200, { 'content-length': bytes });
  sendLoad(response, visit, bytes);
}

function answerEmpty(
  desk: GuestDesk,
  request: IncomingMessage,
  response: ServerResponse,
  cors: Headers,
): void {
  const forUploads =
    'access-control-allow-origin' in cors
      ? { ...cors, 'access-control-allow-headers': 'Content-Encoding, Content-Type' }
      : cors;
  const headers = {
    ...forUploads,
    ...NEVER_CACHED,
    // PHP's own default; pages read nothing of it.
    'content-type': 'text/html; charset=UTF-8',
    connection: 'keep-alive',
  };
  if (!hasBody(request)) {
    request.resume();
    reply(response, 200, '', headers);
    return;
  }
  const visit = admitGuest(desk, request, response, forUploads);
  if (visit === undefined) return;
  receiveLoad(request, visit, () => reply(response, 200, '', headers));
}

/** As PHP's `intval`: leading digits count, anything else is 0, and 0 asks for the default. */
export function chunksOf(text: string | null): number {
  const number = Math.trunc(
    Number(/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i.exec(text ?? '')?.[0] ?? 0),
  );
  return Math.max(0, Math.min(MOST_CHUNKS, number === 0 ? CHUNKS : number));
}

const NEARBY: readonly (readonly [RegExp, string])[] = [
  [/^::1$/, 'localhost IPv6 access'],
  [/^fe[89ab][0-9a-f]:/i, 'link-local IPv6 access'],
  [/^f[cd][0-9a-f]{2}:/i, 'ULA IPv6 access'],
  [/^127\./, 'localhost IPv4 access'],
  [/^10\./, 'private IPv4 access'],
  [/^172\.(1[6-9]|2\d|3[01])\./, 'private IPv4 access'],
  [/^192\.168\./, 'private IPv4 access'],
  [/^169\.254\./, 'link-local IPv4 access'],
  [/^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./, 'CGNAT IPv4 access'],
];

/** The JSON of `getIP`: what a page shows, and an empty answer of the service that is not asked. */
export function addressText(address: string | undefined, isAskedForIsp: boolean): string {
  const shown = shownAddress(address);
  const kind = NEARBY.find(([form]) => form.test(shown))?.[1];
  const said = kind ?? (isAskedForIsp ? 'Unknown ISP' : undefined);
  return JSON.stringify({
    processedString: said === undefined ? shown : `${shown} - ${said}`,
    rawIspInfo: '',
  });
}
