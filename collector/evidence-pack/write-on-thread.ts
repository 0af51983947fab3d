// A pack's files, written on a thread of its own: a report of a year takes seconds, in which no agent
// would get its acknowledgement.
import type { EvidencePack, EvidencePackQuery } from '#shared/wire/evidence-pack.ts';
import { onThread } from '../on-thread.ts';
import type { EvidenceFile, WriteOptions } from './files.ts';

export interface ThreadTask extends Pick<EvidencePackQuery, 'format' | 'lang'> {
  readonly pack: EvidencePack;
  /** PEM. */
  readonly privateKey: string;
}

const WORKER = new URL('./evidence-worker.ts', import.meta.url);

/** Rejects with `internal_error`. */
export function writeOnThread(
  pack: EvidencePack,
  { format, lang, key }: WriteOptions,
): Promise<EvidenceFile> {
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const task: ThreadTask = { pack, privateKey, format, lang };
  return onThread(WORKER, task, 'the evidence pack');
}
