// Which addresses a LibreSpeed server has: from its base address, trying the layouts that there are,
// or from an entry as pages have it in their servers.json.
import { z } from 'zod';
import { AppError } from '#shared/runtime/errors.ts';
import { jsonOf } from './json-of.ts';

/** A server that moved more often than this is not followed. */
export const MOST_MOVES = 5;

/** An entry of a page's list; `server` may begin with `//` where it speaks both schemes. */
const entrySchema = z.object({
  server: z.string().min(1),
  dlURL: z.string().min(1),
  ulURL: z.string().min(1),
  pingURL: z.string().min(1),
});

export interface LibrespeedServer {
  readonly download: URL;
  readonly upload: URL;
  readonly ping: URL;
}

/** PHP at the root and below /backend (a page with its own backend), then the same of other backends. */
const LAYOUTS = [
  ['', '.php'],
  ['backend/', '.php'],
  ['', ''],
  ['backend/', ''],
] as const;

/**
 * In the order in which they are worth trying. `text`: an address, an entry, or a list of entries, of
 * which the first counts. Throws `bad_usage`.
 */
export function librespeedCandidates(text: string): LibrespeedServer[] {
  if (/^\s*[[{]/.test(text)) return fromEntry(text);
  const base = httpUrl(text);
  if (base === undefined) {
    throw new AppError(
      'bad_usage',
      `a LibreSpeed server is http(s)://HOST[:PORT][/PATH] or an entry of a servers.json, not ${text}`,
    );
  }
  return LAYOUTS.map(([folder, extension]) => ({
    download: new URL(`${folder}garbage${extension}`, base),
    upload: new URL(`${folder}empty${extension}`, base),
    ping: new URL(`${folder}empty${extension}`, base),
  }));
}

/** Where the ping was sent on to: what was beside it is beside it there. */
export function movedServer(server: LibrespeedServer, to: URL): LibrespeedServer {
  const from = server.ping;
  const [before, after] = [from.pathname.split('/'), to.pathname.split('/')];
  let same = 0;
  const most = Math.min(before.length, after.length) - 1;
  while (same < most && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  const folder = before.slice(0, before.length - same).join('/');
  const folderThere = after.slice(0, after.length - same).join('/');
  const moved = (url: URL) => {
    if (url.origin !== from.origin || !url.pathname.startsWith(`${folder}/`)) return url;
    return new URL(`${to.origin}${folderThere}${url.pathname.slice(folder.length)}${url.search}`);
  };
  return { download: moved(server.download), upload: moved(server.upload), ping: to };
}

/** As pages and the CLI join them: a name is below its server, with a slash before it or not. */
function fromEntry(text: string): LibrespeedServer[] {
  const given = jsonOf(text);
  const entry = entrySchema.safeParse(Array.isArray(given) ? given[0] : given);
  const bases = entry.success ? basesOf(entry.data.server) : [];
  if (!entry.success || bases.length === 0) {
    throw new AppError(
      'bad_usage',
      'an entry of a servers.json has server, dlURL, ulURL and pingURL, and its server is an http(s) address',
    );
  }
  const { dlURL, ulURL, pingURL } = entry.data;
  const below = (name: string, base: URL) => new URL(name.replace(/^\/+/, ''), base);
  return bases.map((base) => ({
    download: below(dlURL, base),
    upload: below(ulURL, base),
    ping: below(pingURL, base),
  }));
}

/** `//HOST` says that either will do: a page takes its own scheme, we the safer one that answers. */
function basesOf(server: string): URL[] {
  const texts = server.startsWith('//') ? [`https:${server}`, `http:${server}`] : [server];
  return texts.map(httpUrl).filter((url) => url !== undefined);
}

/** Ends with a slash, so that names are below it. */
function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
