// All segment files of a spool, oldest first. Owns the files; not which records are done with, nor
// what is counted (disk.ts).
import type { Measurement } from '#shared/model/measurement.ts';
import type { Bytes, EpochMs, Ms } from '#shared/model/units.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { waitedMs } from './age.ts';
import type { HeldRecord } from './held.ts';
import { basePositionOf, type Place, Segment } from './segment.ts';
import type { SpoolRecord } from './spool.ts';

/** Waiting does not bring these back, and what lies behind them is to be sent. */
const LOST_FILE = ['ENOENT', 'EIO'];

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
    for (const [index, base] of bases.entries()) {
      lost += await this.#loadOne(base, done, bases[index + 1]);
    }
    return lost;
  }

  /** What has become unreadable is forgotten, and makes room for what lies behind it. */
  async read(max: number): Promise<{ records: SpoolRecord[]; lost: number }> {
    const records: SpoolRecord[] = [];
    let allLost = 0;
    for (const segment of this.#list) {
      for (let lost = 1; lost > 0 && records.length < max; ) {
        const found = await this.#readOne(segment, max - records.length);
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
    for (const segment of done) await this.remove(segment);
  }

  takeOldest(): Segment | undefined {
    return this.#list.shift();
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
      const loaded = await Segment.load(this.#options, base, before, end);
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
      log.error('a file of the spool cannot be read and is left alone', { base, error });
      // Its positions are taken, however many there are.
      this.#next = Math.max(this.#next, end ?? base + segmentBytes);
      return 0;
    }
  }

  async #readOne(
    segment: Segment,
    max: number,
  ): Promise<{ records: readonly SpoolRecord[]; lost: number }> {
    try {
      const { frames, lost } = await segment.read(max);
      const records = frames.map(({ position, payload }) => ({
        position,
        measurement: JSON.parse(payload.toString()) as Measurement,
      }));
      return { records, lost };
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException;
      if (LOST_FILE.includes(code)) {
        this.#options.log.error('a file of the spool is lost', { path: segment.path, code });
        return { records: [], lost: segment.forget(Number.POSITIVE_INFINITY) };
      }
      throw new AppError(
        'store_unavailable',
        `${segment.path} cannot be read (${messageOf(cause)}); see to the disk`,
        { cause },
      );
    }
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
