// Where an ndt7 server is: by its own address, or by what M-Lab's locate service (v2) answered.
import { z } from 'zod';
import type { Direction } from '#shared/model/norm.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { NDT7_PATHS } from '#shared/wire/ndt7.ts';
import { jsonOf } from './json-of.ts';

export type Ndt7Server = Readonly<Record<Direction, URL>>;

/** Its servers, the nearest first; each address has the access token that its server asks for. */
const locateSchema = z.object({
  results: z.array(z.object({ urls: z.record(z.string(), z.string()) })),
});
const SCHEMES = ['wss', 'ws'];

/**
 * `text`: ws(s):// or http(s)://HOST[:PORT], whose query goes along, or the JSON of a locate service,
 * of which the first server with both directions counts. Throws `bad_usage`.
 */
export function ndt7Server(text: string): Ndt7Server {
  if (/^\s*\{/.test(text)) return located(text);
  const at = (direction: Direction) => {
    const url = socketUrl(text);
    if (url === undefined) {
      throw new AppError(
        'bad_usage',
        `an ndt7 server is ws(s)://HOST[:PORT] or the answer of a locate service, not ${text}`,
      );
    }
    url.pathname = NDT7_PATHS[direction];
    return url;
  };
  return { download: at('download'), upload: at('upload') };
}

function located(text: string): Ndt7Server {
  const answer = locateSchema.safeParse(jsonOf(text));
  for (const { urls } of answer.success ? answer.data.results : []) {
    for (const scheme of SCHEMES) {
      const download = socketUrl(urls[`${scheme}://${NDT7_PATHS.download}`]);
      const upload = socketUrl(urls[`${scheme}://${NDT7_PATHS.upload}`]);
      if (download !== undefined && upload !== undefined) return { download, upload };
    }
  }
  throw new AppError(
    'bad_usage',
    'the answer of a locate service has results with urls for both /ndt/v7/download and /ndt/v7/upload; there is no such server in this one',
  );
}

function socketUrl(text: string | undefined): URL | undefined {
  const url = URL.parse(text ?? '');
  return url !== null && /^(wss?|https?):$/.test(url.protocol) ? url : undefined;
}
