// The spool on a disk that may lose power at any byte: append-only segments, a cursor beside them.
// Opening never refuses for what it finds there; what cannot be read is counted and passed over.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Measurement } from '#shared/model/measurement.ts';
import type { Bytes } from '#shared/model/units.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { SpoolStats } from '#shared/wire/uplink.ts';
import { temporaryOf } from '../files/write-atomically.ts';
import { type Cursor, NEW_CURSOR, readCursor, writeCursor } from './cursor.ts';
import { encodeFrame, MAX_PAYLOAD_BYTES } from './frame.ts';
import { lockSpool } from './lock.ts';
import { basePositionOf, Segment } from './segment.ts';
import type { Spool, SpoolRecord } from './spool.ts';

export interface DiskSpoolOptions {
  /** Made when missing. */
  readonly directory: string;
  /** Bound on the segment files together. */
  readonly maxBytes: Bytes;
  readonly log: Logger;
}

/** Small enough to be dropped or read as a whole, large enough that files are few. */
const SEGMENT_BYTES: Bytes = 1_048_576;
/** A small spool still drops its oldest in parts. */
const MIN_SEGMENTS = 4;
/** Waiting does not bring these back, and what lies behind them is to be sent. */
const LOST_FILE = ['ENOENT', 'EIO'];
const CURSOR_FILE = 'cursor.json';

interface Waiting {
  readonly payload: Buffer;
  readonly resolve: (position: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Throws `data_directory` when the directory cannot be used or another process is using it. */
export async function openDiskSpool(options: DiskSpoolOptions): Promise<Spool> {
  const directory = resolve(options.directory);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new AppError(
      'data_directory',
      `the spool ${directory} cannot be made (${messageOf(cause)}); make it yourself, writable by this user`,
      { cause },
    );
  }
  const lock = await lockSpool(directory);
  try {
    const spool = new DiskSpool(directory, options, lock);
    await spool.load();
    return spool;
  } catch (cause) {
    lock[Symbol.dispose]();
    throw new AppError(
      'data_directory',
      `the spool ${directory} cannot be read (${messageOf(cause)}); give this user access to it`,
      { cause },
    );
  }
}

class DiskSpool implements Spool {
  readonly #directory: string;
  readonly #maxBytes: Bytes;
  readonly #segmentBytes: Bytes;
  readonly #log: Logger;
  readonly #lock: Disposable;
  readonly #listeners = new Set<() => void>();
  /** Oldest first; the last one takes new records, unless it is full or sealed. */
  #segments: Segment[] = [];
  #cursor: Cursor = NEW_CURSOR;
  #next = 0;
  #waiting: Waiting[] = [];
  /** Everything that touches the files, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(directory: string, { maxBytes, log }: DiskSpoolOptions, lock: Disposable) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#segmentBytes = Math.min(SEGMENT_BYTES, Math.floor(maxBytes / MIN_SEGMENTS));
    this.#log = log;
    this.#lock = lock;
  }

  async load(): Promise<void> {
    const cursor = await readCursor(this.#cursorPath);
    if (cursor === 'damaged') {
      this.#log.warn('the spool cursor was unreadable; what waits is sent once more', {
        path: this.#cursorPath,
      });
    } else if (cursor !== 'absent') {
      this.#cursor = cursor;
    }
    const names = await readdir(this.#directory);
    const bases = names
      .flatMap((name) => basePositionOf(name) ?? [])
      .sort((one, other) => one - other);
    for (const name of names.filter((name) => name.endsWith(temporaryOf('')))) {
      await rm(join(this.#directory, name), { force: true }).catch(() => {});
    }
    this.#next = this.#cursor.done + 1;
    let corrupt = 0;
    for (const [index, base] of bases.entries()) {
      corrupt += await this.#loadSegment(base, bases[index + 1]);
    }
    if (corrupt > 0) await this.#countCorrupt(corrupt);
    await this.#removeDone();
  }

  append(measurement: Measurement): Promise<number> {
    if (this.#isClosed) return Promise.reject(new Error('the spool is closed'));
    const payload = Buffer.from(JSON.stringify(measurement));
    if (payload.length > MAX_PAYLOAD_BYTES) {
      const why = `measurement ${measurement.id} has ${payload.length} bytes; the spool takes ${MAX_PAYLOAD_BYTES}`;
      return Promise.reject(new AppError('message_too_big', why));
    }
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.push({ payload, resolve, reject });
    // Those that come while a write is under way go together in the next.
    if (this.#waiting.length === 1) void this.#exclusively(() => this.#writeWaiting());
    return promise;
  }

  read(max: number): Promise<SpoolRecord[]> {
    return this.#exclusively(async () => {
      const records: SpoolRecord[] = [];
      for (const segment of this.#segments) {
        // Again, while what is unreadable makes room for what lies behind it.
        for (let lost = 1; lost > 0 && records.length < max; ) {
          const found = await this.#readSegment(segment, max - records.length);
          lost = found.lost;
          if (lost > 0) await this.#countCorrupt(lost);
          else records.push(...found.records);
        }
        if (records.length >= max) break;
      }
      return records;
    });
  }

  ack(position: number): Promise<void> {
    return this.#exclusively(async () => {
      const done = Math.min(position, this.#next - 1);
      if (done <= this.#cursor.done) return;
      this.#cursor = { ...this.#cursor, done };
      for (const segment of this.#segments) segment.forget(done);
      await this.#saveCursor();
      await this.#removeDone();
    });
  }

  stats(): SpoolStats {
    const { droppedRecords, corruptRecords } = this.#cursor;
    return {
      records: sum(this.#segments, ({ records }) => records),
      bytes: sum(this.#segments, ({ waitingBytes }) => waitingBytes),
      droppedRecords,
      corruptRecords,
    };
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#work;
    for (const segment of this.#segments) await segment.close().catch(() => {});
    this.#lock[Symbol.dispose]();
  }

  get #cursorPath(): string {
    return join(this.#directory, CURSOR_FILE);
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  /** Resolves with how many unacknowledged records it turned out to have lost. */
  async #loadSegment(base: number, end: number | undefined): Promise<number> {
    this.#next = Math.max(this.#next, base);
    const { done } = this.#cursor;
    try {
      const loaded = await Segment.load(this.#directory, base, done, end);
      const { segment, damages, repairError } = loaded;
      this.#segments.push(segment);
      const behind = Math.max(...damages.map((damage) => damage.end), 0);
      this.#next = Math.max(this.#next, (segment.lastPosition ?? -1) + 1, behind);
      const lost = sum(damages, (damage) =>
        Math.max(0, damage.end - Math.max(damage.first, done + 1)),
      );
      if (damages.length > 0) {
        const error = repairError === undefined ? {} : { repairError: messageOf(repairError) };
        this.#log.warn('part of the spool was unreadable', { path: segment.path, lost, ...error });
      }
      return lost;
    } catch (error) {
      this.#log.error('a file of the spool cannot be read and is left alone', { base, error });
      // Its positions are taken, however many there are.
      this.#next = Math.max(this.#next, end ?? base + this.#segmentBytes);
      return 0;
    }
  }

  async #readSegment(
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
        this.#log.error('a file of the spool is lost', { path: segment.path, code });
        return { records: [], lost: segment.forget(Number.POSITIVE_INFINITY) };
      }
      throw new AppError(
        'store_unavailable',
        `${segment.path} cannot be read (${messageOf(cause)}); see to the disk`,
        { cause },
      );
    }
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#takeWaiting();
      try {
        const first = await this.#write(batch.map(({ payload }) => payload));
        for (const [index, { resolve }] of batch.entries()) resolve(first + index);
      } catch (cause) {
        const why = `the spool ${this.#directory} cannot be written (${messageOf(cause)}); make room on the disk and see that it is writable`;
        const error = new AppError('store_unavailable', why, { cause });
        for (const { reject } of batch) reject(error);
        continue;
      }
      for (const listener of [...this.#listeners]) listener();
    }
  }

  /** As many as go into one segment, and at least one. */
  #takeWaiting(): Waiting[] {
    let bytes = 0;
    const count = this.#waiting.findIndex(({ payload }) => {
      bytes += payload.length;
      return bytes > this.#segmentBytes;
    });
    return this.#waiting.splice(0, count < 0 ? this.#waiting.length : Math.max(1, count));
  }

  /** Resolves with the position of the first. On a full disk the oldest make room. */
  async #write(payloads: readonly Buffer[]): Promise<number> {
    for (;;) {
      const first = this.#next;
      const frames = payloads.map((payload, index) => ({
        position: first + index,
        bytes: encodeFrame(first + index, payload),
      }));
      const incoming = sum(frames, ({ bytes }) => bytes.length);
      await this.#makeRoom(incoming);
      try {
        const segment = await this.#segmentFor(incoming);
        await segment.append(frames);
        this.#next = first + frames.length;
        return first;
      } catch (error) {
        // What is in a sealed segment's end may be found there at the next start.
        if (this.#segments.at(-1)?.isSealed) this.#next = first + frames.length;
        const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC';
        const canShrink = this.#segments.length > 1 || this.#segments[0]?.records === 0;
        if (!isFull || !canShrink) throw error;
        await this.#dropOldest();
      }
    }
  }

  async #segmentFor(incoming: Bytes): Promise<Segment> {
    const last = this.#segments.at(-1);
    const fits = last !== undefined && last.fileBytes + incoming <= this.#segmentBytes;
    if (last !== undefined && !last.isSealed && (fits || last.fileBytes === 0)) return last;
    await last?.close();
    const segment = await Segment.create(this.#directory, this.#next);
    this.#segments = this.#segments.filter(({ path }) => path !== segment.path);
    this.#segments.push(segment);
    await this.#removeDone();
    return segment;
  }

  async #makeRoom(incoming: Bytes): Promise<void> {
    const isOver = () =>
      sum(this.#segments, ({ fileBytes }) => fileBytes) + incoming > this.#maxBytes;
    while (this.#segments.length > 0 && isOver()) await this.#dropOldest();
  }

  async #dropOldest(): Promise<void> {
    const [oldest, ...others] = this.#segments;
    if (oldest === undefined) return;
    this.#segments = others;
    let saved = true;
    if (oldest.records > 0) {
      this.#log.warn('the spool is full; its oldest measurements are dropped', {
        count: oldest.records,
      });
      const { done, droppedRecords, corruptRecords } = this.#cursor;
      this.#cursor = {
        done: Math.max(done, oldest.lastPosition ?? done),
        droppedRecords: droppedRecords + oldest.records,
        corruptRecords,
      };
      saved = await this.#saveCursor();
    }
    await this.#remove(oldest);
    // On a full disk there is room for it only now.
    if (!saved) await this.#saveCursor();
  }

  /** All but the last, which goes on taking records and whose name keeps the positions. */
  async #removeDone(): Promise<void> {
    const last = this.#segments.at(-1);
    const done = this.#segments.filter((each) => each !== last && each.records === 0);
    this.#segments = this.#segments.filter((each) => !done.includes(each));
    for (const segment of done) await this.#remove(segment);
  }

  async #remove(segment: Segment): Promise<void> {
    await segment.remove().catch((error: unknown) => {
      this.#log.warn('a file of the spool cannot be removed', { path: segment.path, error });
    });
  }

  async #countCorrupt(count: number): Promise<void> {
    const { corruptRecords } = this.#cursor;
    this.#cursor = { ...this.#cursor, corruptRecords: corruptRecords + count };
    await this.#saveCursor();
  }

  /** A cursor that lags costs sending again what the collector has: no reason to fail. */
  async #saveCursor(): Promise<boolean> {
    try {
      await writeCursor(this.#cursorPath, this.#cursor);
      return true;
    } catch (error) {
      this.#log.warn('the spool cursor cannot be written', { path: this.#cursorPath, error });
      return false;
    }
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
