// Releases of the agent as operators published them, and what each device said of one.
// Implementation: the registry's.
import type { Bytes, EpochMs } from '#shared/model/units.ts';
import type { SignedManifest } from '#shared/release/manifest.ts';
import type { ReleaseOutcome } from '#shared/wire/uplink.ts';

export interface NewRelease extends SignedManifest {
  readonly version: string;
  /** Percent of the devices. */
  readonly share: number;
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

export interface StoredRelease extends Omit<NewRelease, 'files'> {
  readonly publishedAt: EpochMs;
  readonly withdrawnAt: EpochMs | null;
}

export interface ReleaseAnswer {
  readonly deviceId: string;
  readonly version: string;
  readonly outcome: ReleaseOutcome;
  readonly reason: string | null;
  readonly answeredAt: EpochMs;
}

export interface ReleaseStore {
  /** Throws `conflict` for a version that was published before. */
  add(release: NewRelease): Promise<void>;
  /** The last published first. */
  all(): Promise<StoredRelease[]>;
  /** Throws `not_found`. */
  setShare(version: string, share: number): Promise<void>;
  /** Throws `not_found`; twice is as once. */
  withdraw(version: string): Promise<void>;
  /** Empty at and after the file's end; undefined where there is no such file. */
  part(
    version: string,
    name: string,
    offset: Bytes,
    length: Bytes,
  ): Promise<Uint8Array | undefined>;
  answersOf(deviceId: string): Promise<ReleaseAnswer[]>;
  answersTo(version: string): Promise<ReleaseAnswer[]>;
  answered(
    answer: Omit<ReleaseAnswer, 'reason' | 'answeredAt'> & { readonly reason?: string | undefined },
  ): Promise<void>;
}
