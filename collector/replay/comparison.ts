// What replayed tests say together, beside what was said then: pure.
import type { DirectionResult } from '#shared/model/measurement.ts';
import type { Replayed } from './replay-test.ts';

export interface ComparisonFigures {
  /** Directions of tests that were replayed. */
  readonly directions: number;
  readonly unreadable: number;
  /** The new rule would have gone on beyond their counters. */
  readonly needMore: number;
  /** Of those that came to an end: `pass → fail` and how often; those that stayed are not in it. */
  readonly changes: Readonly<Record<string, number>>;
  /** Share of the reading by which it differs, of those that came to an end. */
  readonly differenceP50?: number;
  readonly differenceP95?: number;
  readonly bytesThen: number;
  readonly bytesNow: number;
}

export class Comparison {
  readonly #differences: number[] = [];
  readonly #changes = new Map<string, number>();
  #directions = 0;
  #unreadable = 0;
  #needMore = 0;
  #bytesThen = 0;
  #bytesNow = 0;

  add(then: DirectionResult, now: Replayed): void {
    this.#directions += 1;
    if (now.needsMore) {
      this.#needMore += 1;
      return;
    }
    this.#bytesThen += then.bytes;
    this.#bytesNow += now.bytes;
    if (then.ipCapacity > 0) this.#differences.push(Math.abs(now.ipCapacity / then.ipCapacity - 1));
    if (then.outcome === now.outcome) return;
    const change = `${then.outcome} → ${now.outcome}`;
    this.#changes.set(change, (this.#changes.get(change) ?? 0) + 1);
  }

  addUnreadable(): void {
    this.#unreadable += 1;
  }

  figures(): ComparisonFigures {
    const sorted = this.#differences.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    const [p50, p95] = [at(0.5), at(0.95)];
    return {
      directions: this.#directions,
      unreadable: this.#unreadable,
      needMore: this.#needMore,
      changes: Object.fromEntries([...this.#changes].toSorted()),
      ...(p50 === undefined ? {} : { differenceP50: p50 }),
      ...(p95 === undefined ? {} : { differenceP95: p95 }),
      bytesThen: this.#bytesThen,
      bytesNow: this.#bytesNow,
    };
  }

  text(): string {
    const { directions, unreadable, needMore, changes, differenceP50, differenceP95, ...bytes } =
      this.figures();
    const percent = (share: number | undefined) =>
      share === undefined ? 'unknown' : `${(100 * share).toFixed(3)}%`;
    const changed = Object.entries(changes).map(([change, count]) => `${change}: ${count}`);
    return [
      `${directions} directions replayed, ${unreadable} unreadable, ${needMore} need more counters than there are`,
      `outcomes that change: ${changed.length === 0 ? 'none' : changed.join(', ')}`,
      `readings differ by ${percent(differenceP50)} (median), ${percent(differenceP95)} (95%)`,
      `megabytes then ${(bytes.bytesThen / 1e6).toFixed(0)}, now ${(bytes.bytesNow / 1e6).toFixed(0)}`,
      '',
    ].join('\n');
  }
}
