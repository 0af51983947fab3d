// All segment files of a spool, oldest first. Owns the files; not which records are done with, nor
// what is counted (disk.ts).
import type { Measurement } from '#shared/model/measurement.ts';
import type { Bytes, EpochMs, Ms } from '#shared/model/units.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { syncDirectory } from '../files/write-atomically.ts';
import { waitedMs } from './age.ts';
import type { HeldRecord } from './held.ts';
import { basePositionOf, type LoadedSegment, type Place, Segment } from './segment.ts';
import type { SpoolRecord } from './spool.ts';

/** Behind the name of a file that is given up: out of the spool's reach, and left to people. */
const UNREADABLE = '.unreadable';
/** An error of a disk may pass: a loose plug, a stick that wakes up. */
const TRIES_AT_START = 3;
const MIN_FAILED_READS = 5;
/** Of `looked`, one a minute: what lies behind the file waits for so long. */
const LOOKS_BEFORE_GIVEN_UP = 30;

export interface SegmentsOptions extends Place {
  /** Small enough to be dropped or read as a whole, large enough that files are few. */
  readonly segmentBytes: Bytes;
  readonly log: Logger;
}

export class Segments {
  readonly #options: SegmentsOptions;
  #list: Segment[] = [];
  /** Behind every position that is or may be taken in a file. */
  #next = 0;
  #looks = 0;
  /** `since`: what `#looks` was at the first read that failed. */
  readonly #failing = new Map<Segment, { reads: number; readonly since: number }>();

  constructor(options: SegmentsOptions) {
    this.#options = options;
  }

  get next(): number {
    return this.#next;
  }

  get records(): number {
    return sum(this.#list, ({ records }) => records);
  }

  /** Of the records that wait. */
  get waitingBytes(): Bytes {
    return sum(this.#list, ({ waitingBytes }) => waitingBytes);
  }

  get fileBytes(): Bytes {
    return sum(this.#list, ({ fileBytes }) => fileBytes);
  }

  /** There is something besides the file that takes the next record. */
  get hasOlder(): boolean {
    return this.#list.length > 1;
  }

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  /** Of the files named; resolves with how many unacknowledged records they turned out to have lost. */
  async load(names: readonly string[], done: number): Promise<number> {
    const bases = names.flatMap((name) => basePositionOf(name) ?? []).sort((a, b) => a - b);
    let lost = 0;
    // Positions are never used again, those of files that were given up neither.
    for (const name of names.filter((each) => each.endsWith(UNREADABLE))) {
      const base = basePositionOf(name.slice(0, -UNREADABLE.length)) ?? 0;
      this.#next = Math.max(this.#next, base + this.#options.segmentBytes);
    }
    for (const [index, base] of bases.entries()) {
      lost += await this.#loadOne(base, done, bases[index + 1]);
    }
    return lost;
  }

  /** Called once a minute. */
  looked(): void {
    this.#looks += 1;
  }

  /**
   * What has become unreadable is forgotten, and makes room for what lies behind it. `failure`: why
   * it ends before what lies behind `records`, which is not to be passed over.
   */
  async read(max: number): Promise<{ records: SpoolRecord[]; lost: number; failure?: AppError }> {
    const records: SpoolRecord[] = [];
    let allLost = 0;
    for (const segment of [...this.#list]) {
      for (let lost = 1; lost > 0 && records.length < max; ) {
        const found = await this.#readOne(segment, max - records.length);
        if (found instanceof AppError) return { records, lost: allLost, failure: found };
        lost = found.lost;
        allLost += lost;
        if (lost === 0) records.push(...found.records);
      }
      if (records.length >= max) break;
    }
    return { records, lost: allLost };
  }

  /** Durable when it resolves. Together they fit into one segment, or are one record. */
  async append(records: readonly HeldRecord[]): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    const segment = await this.#segmentFor(
      first.position,
      sum(records, ({ bytes }) => bytes.length),
    );
    await segment.append(records);
    this.#next = Math.max(this.#next, (records.at(-1)?.position ?? 0) + 1);
  }

  /** The records up to `done`; the files stay. */
  forget(done: number): void {
    for (const segment of this.#list) segment.forget(done);
  }

  /** All files of which nothing waits but the last, which goes on taking records and whose name keeps the positions. */
  async removeDone(): Promise<void> {
    const last = this.#list.at(-1);
    const done = this.#list.filter((each) => each !== last && each.records === 0);
    this.#list = this.#list.filter((each) => !done.includes(each));
    for (const segment of done) {
      this.#failing.delete(segment);
      await this.remove(segment);
    }
  }

  takeOldest(): Segment | undefined {
    const oldest = this.#list.shift();
    if (oldest !== undefined) this.#failing.delete(oldest);
    return oldest;
  }

  async remove(segment: Segment): Promise<void> {
    await segment.remove().catch((error: unknown) => {
      const { path } = segment;
      this.#options.log.warn('a file of the spool cannot be removed', { path, error });
    });
  }

  /** How long the youngest record of the oldest file has waited. */
  oldestWaitedMs(now: EpochMs): Ms {
    return waitedMs(
      this.#list.flatMap(({ span }) => span ?? []),
      now,
    );
  }

  async close(): Promise<void> {
    for (const segment of this.#list) await segment.close().catch(() => {});
  }

  async #loadOne(base: number, done: number, end: number | undefined): Promise<number> {
    const { log, segmentBytes } = this.#options;
    // A record that could not be written whole may be in two files: the first one counts.
    const before = Math.max(done, this.#list.at(-1)?.lastPosition ?? -1);
    this.#next = Math.max(this.#next, base);
    try {
      const loaded = await this.#tryToLoad(base, before, end);
      const { segment, damages, repairError } = loaded;
      this.#list.push(segment);
      const behind = Math.max(...damages.map((damage) => damage.end), 0);
      this.#next = Math.max(this.#next, (segment.lastPosition ?? -1) + 1, behind);
      const lost = sum(damages, (damage) =>
        Math.max(0, damage.end - Math.max(damage.first, done + 1)),
      );
      if (damages.length > 0) {
        const error = repairError === undefined ? {} : { repairError: messageOf(repairError) };
        log.warn('part of the spool was unreadable', { path: segment.path, lost, ...error });
      }
      return lost;
    } catch (error) {
      log.error('a file of the spool cannot be read', { base, error });
      await this.#setAside(new Segment(this.#options, base));
      // Its positions are taken, however many there are.
      this.#next = Math.max(this.#next, end ?? base + segmentBytes);
      // At most; of the last file nobody knows how many, and that it is gone is to be seen.
      return end === undefined ? 1 : Math.max(0, end - Math.max(base, done + 1));
    }
  }

  async #tryToLoad(base: number, done: number, end: number | undefined): Promise<LoadedSegment> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await Segment.load(this.#options, base, done, end);
      } catch (error) {
        if (tries >= TRIES_AT_START) throw error;
      }
    }
  }

  /** Acknowledgements go past it, and would remove it. */
  async #setAside(segment: Segment): Promise<void> {
    const { disk, directory, log } = this.#options;
    const { path } = segment;
    this.#list = this.#list.filter((each) => each !== segment);
    this.#failing.delete(segment);
    await segment.close().catch(() => {});
    try {
      await disk.rename(path, `${path}${UNREADABLE}`);
      await syncDirectory(directory, disk);
      log.error('a file of the spool is given up; see to the disk', {
        path: `${path}${UNREADABLE}`,
      });
    } catch (error) {
      log.error('a file of the spool is given up, and cannot be set aside', { path, error });
    }
  }

  async #readOne(
    segment: Segment,
    max: number,
  ): Promise<{ records: readonly SpoolRecord[]; lost: number } | AppError> {
    try {
      const { frames, lost } = await segment.read(max);
      this.#failing.delete(segment);
      const records = frames.map(({ position, payload }) => ({
        position,
        measurement: JSON.parse(payload.toString()) as Measurement,
      }));
      return { records, lost };
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') {
        // Waiting does not bring it back, and what lies behind it is to be sent.
        this.#options.log.error('a file of the spool is lost', { path: segment.path, code });
        return { records: [], lost: segment.forget(Number.POSITIVE_INFINITY) };
      }
      if (code === 'EIO' && this.#isHopeless(segment)) {
        const lost = segment.forget(Number.POSITIVE_INFINITY);
        await this.#setAside(segment);
        return { records: [], lost };
      }
      return new AppError(
        'store_unavailable',
        `${segment.path} cannot be read (${messageOf(cause)}); see to the disk`,
        { cause },
      );
    }
  }

  /** Its reading has failed once more. */
  #isHopeless(segment: Segment): boolean {
    const failing = this.#failing.get(segment) ?? { reads: 0, since: this.#looks };
    failing.reads += 1;
    this.#failing.set(segment, failing);
    const looks = this.#looks - failing.since;
    return failing.reads >= MIN_FAILED_READS && looks >= LOOKS_BEFORE_GIVEN_UP;
  }

  async #segmentFor(position: number, incoming: Bytes): Promise<Segment> {
    const last = this.#list.at(-1);
    const fits = last !== undefined && last.fileBytes + incoming <= this.#options.segmentBytes;
    if (last !== undefined && !last.isSealed && (fits || last.fileBytes === 0)) return last;
    await last?.close();
    const segment = await Segment.create(this.#options, position);
    this.#list = this.#list.filter(({ path }) => path !== segment.path);
    this.#list.push(segment);
    await this.removeDone();
    return segment;
  }
}

export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
