// A release's file, part by part over the uplink, between the tests. A part that does not come is asked
// for again; what came is kept, in memory, also until the file is offered again in another session.
import type { Bytes, Ms } from '#shared/model/units.ts';
import type { ReleaseFile } from '#shared/release/manifest.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import type { Instruction } from '#shared/wire/uplink.ts';
import type { Uplink } from '../uplink/uplink-service.ts';
import { sha256Of } from './slot-files.ts';

export type ReleasePart = Extract<Instruction, { type: 'release_part' }>;
/** Resolves once `work` has been done while no test ran; its own signal fires when one begins. */
export type BesideTests = <T>(
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;

export interface FileFetcher {
  /** Of the collector. */
  took(part: ReleasePart): void;
  /** `fault`: what came is not what was signed. Rejects with the signal's reason alone. */
  fetch(
    version: string,
    file: ReleaseFile,
    signal: AbortSignal,
  ): Promise<{ readonly bundle: Buffer } | { readonly fault: string }>;
}

export interface FileFetcherOptions {
  readonly uplink: Pick<Uplink, 'say'>;
  readonly besideTests: BesideTests;
  readonly spend: (bytes: Bytes) => Promise<void>;
  readonly clock: Clock;
}

const PART_DEADLINE_MS: Ms = 60_000;
const PART_AGAIN_MS: Ms = 30_000;

export function createFileFetcher(options: FileFetcherOptions): FileFetcher {
  const { uplink, besideTests, spend, clock } = options;
  let wanted: { readonly key: string; readonly resolve: (data: Buffer) => void } | undefined;
  let kept = { of: '', bytes: Buffer.alloc(0) };
  const keyOf = (version: string, file: string, offset: Bytes) => `${version}/${file}/${offset}`;

  const ask = async (version: string, file: string, offset: Bytes, signal: AbortSignal) => {
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    wanted = { key: keyOf(version, file, offset), resolve };
    if (!uplink.say({ type: 'release_read', version, file, offset })) {
      throw new Error('no connection to the collector');
    }
    const late = () => new Error('the collector did not send a part of a release');
    return withDeadline(clock, PART_DEADLINE_MS, late, () => promise, signal);
  };
  return {
    took: ({ version, file, offset, data }) => {
      if (wanted?.key === keyOf(version, file, offset)) wanted.resolve(Buffer.from(data, 'base64'));
    },
    fetch: async (version, { name, sizeBytes, sha256 }, signal) => {
      const of = `${version}/${name}/${sha256}`;
      if (kept.of !== of) kept = { of, bytes: Buffer.alloc(0) };
      const mine = kept;
      while (mine.bytes.length < sizeBytes) {
        const offset = mine.bytes.length;
        try {
          const part = await besideTests((within) => ask(version, name, offset, within), signal);
          await spend(part.length);
          if (part.length === 0) break;
          // A fetch that was given up may have brought the same part meanwhile.
          if (mine.bytes.length === offset) mine.bytes = Buffer.concat([mine.bytes, part]);
        } catch {
          signal.throwIfAborted();
          await clock.sleep(PART_AGAIN_MS, signal);
        }
      }
      const bundle = mine.bytes;
      const isWhole = bundle.length === sizeBytes;
      if (isWhole && sha256Of(bundle) === sha256) return { bundle };
      kept = { of: '', bytes: Buffer.alloc(0) };
      return {
        fault: isWhole
          ? 'its file is damaged: its SHA-256 is not the one that was signed'
          : `its file has ${bundle.length} bytes; ${sizeBytes} were signed`,
      };
    },
  };
}
