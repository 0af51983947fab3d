// One append-only file of records, and where each of them lies. Damage found at loading is taken
// out of the file, so that it is met and counted once. Does not own: which records are done with.
import { join } from 'node:path';
import type { Bytes } from '#shared/model/units.ts';
import { type Disk, type DiskFile, readAll, writeAll } from '../files/disk.ts';
import { syncDirectory, writeAtomically } from '../files/write-atomically.ts';
import { extended, stampOf, type TimeSpan } from './age.ts';
import { type Damage, type Frame, payloadOf, scanFrames } from './frame.ts';

/** Where a segment lies. */
export interface Place {
  readonly disk: Disk;
  readonly directory: string;
}

const OWNER_ONLY = 0o600;
const NAME = /^records-([0-9]{16})\.log$/;

interface Entry {
  readonly position: number;
  readonly offset: Bytes;
  readonly length: Bytes;
}

export interface LoadedSegment {
  readonly segment: Segment;
  readonly damages: readonly Damage[];
  /** Why the damage could not be taken out; it will be met again at the next start. */
  readonly repairError?: unknown;
}

/** Undefined for a file that is no segment. */
export function basePositionOf(fileName: string): number | undefined {
  const digits = NAME.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export class Segment {
  readonly path: string;
  /** The name's: no record in it comes before. */
  readonly base: number;
  #entries: Entry[] = [];
  #waitingBytes: Bytes = 0;
  /** Behind the last whole record: where the next one goes. */
  #fileBytes: Bytes = 0;
  #file: DiskFile | undefined;
  #isSealed = false;
  #span: TimeSpan | undefined;
  readonly #disk: Disk;

  constructor({ disk, directory }: Place, base: number) {
    this.#disk = disk;
    this.path = join(directory, `records-${String(base).padStart(16, '0')}.log`);
    this.base = base;
  }

  /** Makes the file, empty, and its name durable. */
  static async create(place: Place, base: number): Promise<Segment> {
    const segment = new Segment(place, base);
    segment.#file = await place.disk.open(segment.path, 'w', OWNER_ONLY);
    try {
      await syncDirectory(place.directory, place.disk);
    } catch (error) {
      await segment.close().catch(() => {});
      throw error;
    }
    return segment;
  }

  /** Without the records up to `done`. `end`: the next segment's base. Throws what reading throws. */
  static async load(
    place: Place,
    base: number,
    done: number,
    end: number | undefined,
  ): Promise<LoadedSegment> {
    const segment = new Segment(place, base);
    const { frames, damages } = scanFrames(await place.disk.readFile(segment.path), base, end);
    for (const { payload } of frames) segment.#span = extended(segment.#span, stampOf(payload));
    let kept: readonly Entry[] = frames;
    let repairError: unknown;
    if (damages.length > 0) {
      try {
        kept = await segment.#repair(frames, damages);
      } catch (error) {
        repairError = error;
        segment.#isSealed = true;
      }
    }
    const last = kept.at(-1);
    segment.#fileBytes = last === undefined ? 0 : last.offset + last.length;
    for (const { position, offset, length } of kept) {
      if (position > done) segment.#add({ position, offset, length });
    }
    return { segment, damages, ...(repairError === undefined ? {} : { repairError }) };
  }

  get records(): number {
    return this.#entries.length;
  }

  /** Of the records that wait. */
  get waitingBytes(): Bytes {
    return this.#waitingBytes;
  }

  get fileBytes(): Bytes {
    return this.#fileBytes;
  }

  /** Takes no more records: its end is not known to be sound. */
  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** Of all that were ever in it, as far as they say when they were made. */
  get span(): TimeSpan | undefined {
    return this.#span;
  }

  get lastPosition(): number | undefined {
    return this.#entries.at(-1)?.position;
  }

  /**
   * Durable when it resolves. When it rejects nothing is added; then either the file is as before,
   * or the segment is sealed and what was written may be found in it at the next start.
   */
  async append(frames: readonly { position: number; bytes: Buffer }[]): Promise<void> {
    const start = this.#fileBytes;
    try {
      this.#file ??= await this.#disk.open(this.path, 'r+');
      const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
      await writeAll(this.#file, bytes, start);
      await this.#file.datasync();
    } catch (error) {
      await this.#cutBackTo(start);
      throw error;
    }
    for (const { position, bytes } of frames) {
      this.#add({ position, offset: this.#fileBytes, length: bytes.length });
      this.#fileBytes += bytes.length;
      this.#span = extended(this.#span, stampOf(payloadOf(bytes)));
    }
  }

  /**
   * The first `max` records that wait; those that have become unreadable are forgotten. Throws
   * what opening and reading throw.
   */
  async read(max: number): Promise<{ frames: readonly Frame[]; lost: number }> {
    const wanted = this.#entries.slice(0, max);
    const [first, last] = [wanted[0], wanted.at(-1)];
    if (first === undefined || last === undefined) return { frames: [], lost: 0 };
    const bytes = Buffer.alloc(last.offset + last.length - first.offset);
    await using file = await this.#disk.open(this.path, 'r');
    await readAll(file, bytes, first.offset);
    const { frames } = scanFrames(bytes, first.position);
    const found = new Set(frames.map(({ position }) => position));
    const lost = wanted.filter(({ position }) => !found.has(position));
    if (lost.length > 0) this.#keep((entry) => !lost.includes(entry));
    return { frames, lost: lost.length };
  }

  /** Forgets the records up to `position`, and says how many; the file stays as it is. */
  forget(position: number): number {
    const before = this.#entries.length;
    if ((this.#entries[0]?.position ?? position) <= position) {
      this.#keep((entry) => entry.position > position);
    }
    return before - this.#entries.length;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Closes and removes the file. */
  async remove(): Promise<void> {
    await this.close();
    await this.#disk.remove(this.path);
  }

  async #cutBackTo(size: Bytes): Promise<void> {
    try {
      this.#file ??= await this.#disk.open(this.path, 'r+');
      await this.#file.truncate(size);
      await this.#file.datasync();
    } catch {
      this.#isSealed = true;
    }
  }

  /** Takes the damage out of the file; resolves with where the records lie then. */
  async #repair(frames: readonly Frame[], damages: readonly Damage[]): Promise<readonly Entry[]> {
    const [first] = damages;
    const last = frames.at(-1);
    const end = last === undefined ? 0 : last.offset + last.length;
    if (first !== undefined && first.from >= end) {
      await using file = await this.#disk.open(this.path, 'r+');
      await file.truncate(first.from);
      await file.sync();
      return frames;
    }
    const whole = Buffer.concat(frames.map(({ bytes }) => bytes));
    await writeAtomically(this.path, whole, OWNER_ONLY, this.#disk);
    let offset = 0;
    return frames.map(({ position, length }) => {
      const entry = { position, offset, length };
      offset += length;
      return entry;
    });
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    this.#waitingBytes += entry.length;
  }

  #keep(isKept: (entry: Entry) => boolean): void {
    this.#entries = this.#entries.filter(isKept);
    this.#waitingBytes = this.#entries.reduce((sum, { length }) => sum + length, 0);
  }
}
