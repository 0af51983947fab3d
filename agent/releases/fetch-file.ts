// A release's file, part by part over the uplink, between the tests. A part that does not come is asked
// for again; what came is kept meanwhile, in memory.
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
      const parts: Buffer[] = [];
      let length = 0;
      while (length < sizeBytes) {
        const offset = length;
        try {
          const part = await besideTests((within) => ask(version, name, offset, within), signal);
          await spend(part.length);
          if (part.length === 0) break;
          parts.push(part);
          length += part.length;
        } catch {
          signal.throwIfAborted();
          await clock.sleep(PART_AGAIN_MS, signal);
        }
      }
      if (length !== sizeBytes) {
        return { fault: `its file has ${length} bytes; ${sizeBytes} were signed` };
      }
      const bundle = Buffer.concat(parts);
      return sha256Of(bundle) === sha256
        ? { bundle }
        : { fault: 'its file is damaged: its SHA-256 is not the one that was signed' };
    },
  };
}
