// A feed as a reader that we did not write finds it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './process.ts';

export interface ReadFeed {
  readonly id: string;
  readonly title: string;
  readonly updated: string;
  readonly language: string;
  readonly self: string;
  readonly entries: readonly {
    readonly id: string;
    readonly title: string;
    readonly updated: string;
    readonly published: string;
    readonly kind: string;
    readonly link: string;
    readonly content: string;
  }[];
}

/** Rejects for what is no Atom. */
export function readFeed(xml: string): Promise<ReadFeed> {
  const script = join(ROOT, 'test', 'support', 'feed-reader.py');
  return new Promise((resolve, reject) => {
    const child = execFile('/usr/bin/python3', [script], (error, stdout) => {
      if (error === null) resolve(JSON.parse(stdout) as ReadFeed);
      else reject(error);
    });
    child.stdin?.end(xml);
  });
}
