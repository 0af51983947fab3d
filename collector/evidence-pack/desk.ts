// What the API and the commands ask: the pack of a location as a signed file, and the key to check it.
import type { KeyObject } from 'node:crypto';
import type { Location } from '#shared/model/location.ts';
import type { Norm } from '#shared/model/norm.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { EvidenceKey, EvidencePack, EvidencePackQuery } from '#shared/wire/evidence-pack.ts';
import { NO_HOLIDAYS, type SchoolHolidays } from '../assessment/school-holidays.ts';
import type { EvidenceFile } from './files.ts';
import { gatherPack, type PackAsked, type PackStores } from './gather-pack.ts';
import { publicJwkOf } from './key.ts';
import { evidencePackOf } from './pack.ts';
import { writeOnThread } from './write-on-thread.ts';

export interface EvidenceDesk {
  /** Rejects with `bad_request`, `not_found` or `store_unavailable`. */
  pack(location: Location, asked: PackAsked): Promise<EvidencePack>;
  /** Rejects with the same, or `internal_error`. */
  file(
    location: Location,
    asked: PackAsked & Pick<EvidencePackQuery, 'format' | 'lang'>,
  ): Promise<EvidenceFile>;
  readonly publicKey: EvidenceKey;
}

export interface EvidenceDeskOptions extends PackStores {
  readonly norm: Norm;
  readonly holidays?: SchoolHolidays;
  readonly clock: Pick<Clock, 'now'>;
  /** Private. */
  readonly key: KeyObject;
  readonly version: string;
}

/** A report keeps a core busy for a while; whoever comes then waits for his turn. */
export function createEvidenceDesk(options: EvidenceDeskOptions): EvidenceDesk {
  const { norm, holidays = NO_HOLIDAYS, clock, key, version } = options;
  const pack: EvidenceDesk['pack'] = async (location, asked) =>
    evidencePackOf(
      await gatherPack(options, location, asked, {
        ...{ norm, holidays, now: clock.now(), collectorVersion: version },
      }),
    );
  let last: Promise<unknown> = Promise.resolve();
  return {
    pack,
    file: (location, { format, lang, ...asked }) => {
      const file = last.then(async () =>
        writeOnThread(await pack(location, asked), { format, lang, key }),
      );
      last = file.catch(() => {});
      return file;
    },
    publicKey: publicJwkOf(key),
  };
}
