// The releases on disk: `releases/slots.json` and one folder a version. Written so that a power cut
// leaves the old state or the new one.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Disk, nodeDisk } from '../files/disk.ts';
import { syncDirectory, temporaryOf, writeAtomically } from '../files/write-atomically.ts';
import { AS_PACKAGED, parseSlots, type Slot, type SlotState, wantedVersions } from './slots.ts';

export const RELEASES_FOLDER = 'releases';
const STATE_FILE = 'slots.json';
const BUNDLE = 'meetnet-agent.mjs';
const OWNER_ONLY = 0o600;

/** Exit code of an agent that wants to be started again, by another release: EX_TEMPFAIL. */
export const RESTART_EXIT = 75;

export interface SlotFiles {
  load(): Promise<SlotState>;
  /** Durable when it resolves. */
  save(state: SlotState): Promise<void>;
  pathOf(slot: Pick<Slot, 'version'>): string;
  isIntact(slot: Slot): Promise<boolean>;
  /** Durable when it resolves. */
  put(version: string, bundle: Uint8Array): Promise<void>;
  /** Removes what `state` wants no more. */
  sweep(state: SlotState): Promise<void>;
}

/** `directory`: the agent's own. */
export function openSlotFiles(directory: string, disk: Disk = nodeDisk): SlotFiles {
  const folder = join(directory, RELEASES_FOLDER);
  const pathOf = ({ version }: Pick<Slot, 'version'>) => join(folder, version, BUNDLE);
  return {
    pathOf,
    load: async () => {
      try {
        return parseSlots((await disk.readFile(join(folder, STATE_FILE))).toString());
      } catch {
        return AS_PACKAGED;
      }
    },
    save: async (state) => {
      await disk.mkdir(folder);
      await writeAtomically(
        join(folder, STATE_FILE),
        `${JSON.stringify(state)}\n`,
        OWNER_ONLY,
        disk,
      );
    },
    isIntact: async (slot) => {
      try {
        return sha256Of(await disk.readFile(pathOf(slot))) === slot.sha256;
      } catch {
        return false;
      }
    },
    put: async (version, bundle) => {
      await disk.mkdir(join(folder, version));
      await writeAtomically(pathOf({ version }), bundle, OWNER_ONLY, disk);
      // The names of the folders above it as well.
      await syncDirectory(folder, disk);
      await syncDirectory(directory, disk);
    },
    sweep: async (state) => {
      const wanted = wantedVersions(state);
      const found = await disk.readdir(folder).catch(() => []);
      for (const name of found.map((path) => path.split('/')[0] ?? '')) {
        if (name === STATE_FILE || wanted.includes(name)) continue;
        const path = pathOf({ version: name });
        for (const each of [path, temporaryOf(path)]) await disk.remove(each);
      }
    },
  };
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
