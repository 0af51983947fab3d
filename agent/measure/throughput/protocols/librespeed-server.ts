// Which addresses a LibreSpeed server has: from its base address, trying the layouts that there are,
// or from an entry as pages have it in their servers.json.
import { z } from 'zod';
import { AppError } from '#shared/runtime/errors.ts';

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
  if (/^\s*[[{]/.test(text)) return [fromEntry(text)];
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

function fromEntry(text: string): LibrespeedServer {
  const given = jsonOf(text);
  const entry = entrySchema.safeParse(Array.isArray(given) ? given[0] : given);
  const base = entry.success ? httpUrl(entry.data.server) : undefined;
  if (!entry.success || base === undefined) {
    throw new AppError(
      'bad_usage',
      'an entry of a servers.json has server, dlURL, ulURL and pingURL, and its server is an http(s) address',
    );
  }
  const { dlURL, ulURL, pingURL } = entry.data;
  return {
    download: new URL(dlURL, base),
    upload: new URL(ulURL, base),
    ping: new URL(pingURL, base),
  };
}

/** Ends with a slash, so that names are below it. */
function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text.startsWith('//') ? `https:${text}` : text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
