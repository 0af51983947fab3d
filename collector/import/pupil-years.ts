// Which count of a location holds where several files have one: that of the newest year, and of one
// year the one that hides least. Pure.
import type { AppError } from '#shared/runtime/errors.ts';
import { badImport } from './fault.ts';
import { type FilePupils, type PupilCount, widthOf } from './pupils.ts';

export interface CountedFile extends FilePupils {
  readonly file: string;
}

export interface ChosenCounts {
  /** Without those that are unknown. */
  readonly counts: ReadonlyMap<string, PupilCount>;
  /** What a person should know of the choice. */
  readonly notes: readonly string[];
  /** `bad_import`, of files that say different things while nothing tells which is the newer. */
  readonly errors: readonly AppError[];
}

interface Entry {
  readonly file: string;
  readonly year: number | undefined;
  readonly count: PupilCount;
}

export function chooseCounts(files: readonly CountedFile[]): ChosenCounts {
  const counts = new Map<string, PupilCount>();
  const older = new Map<string, number>();
  const clashes = new Map<string, { file: string; first: string; locations: number }>();
  for (const [id, entries] of entriesOf(files)) {
    const chosen = choose(entries);
    if ('clash' in chosen) {
      const [one, other] = chosen.clash;
      const key = `${one.file}\n${other.file}`;
      const first = `${id}, ${textOf(one.count)} and ${textOf(other.count)} pupils`;
      const { locations = 0, ...rest } = clashes.get(key) ?? { file: other.file, first };
      clashes.set(key, { ...rest, locations: locations + 1 });
      continue;
    }
    counts.set(id, chosen.count);
    if (chosen.years.length < 2) continue;
    const [newest, ...others] = chosen.years;
    const text = `are in files of ${others.join(', ')} too; those of ${newest}, the newest, are taken`;
    older.set(text, (older.get(text) ?? 0) + 1);
  }
  const notes = [...older].map(([text, n]) => `the pupils of ${n} location(s) ${text}`);
  return {
    counts,
    notes: [...files.flatMap(unknownNote), ...notes],
    errors: [...clashes].map(([key, { file, first, locations }]) =>
      badImport(file, [
        {
          line: 1,
          message: `counts ${locations} location(s) otherwise than ${key.split('\n')[0]}, the first ${first}; give one of the files, or its year in a column PEILJAAR or in its name`,
        },
      ]),
    ),
  };
}

function entriesOf(files: readonly CountedFile[]): ReadonlyMap<string, readonly Entry[]> {
  const entries = files.flatMap(({ file, year, counts }) =>
    [...counts].map(([id, count]) => ({ id, file, year, count })),
  );
  return Map.groupBy(
    entries.filter(({ count }) => widthOf(count) < Number.POSITIVE_INFINITY),
    ({ id }) => id,
  );
}

function choose(
  entries: readonly Entry[],
):
  | { readonly count: PupilCount; readonly years: readonly number[] }
  | { readonly clash: readonly [Entry, Entry] } {
  const years = [...new Set(entries.map(({ year }) => year))];
  const known = years.filter((year) => year !== undefined).sort((a, b) => b - a);
  const areAllKnown = known.length === years.length;
  const newest = areAllKnown ? entries.filter(({ year }) => year === known[0]) : entries;
  const [best, ...others] = [...newest].sort((a, b) => widthOf(a.count) - widthOf(b.count));
  if (best === undefined) throw new Error('a location without a count has no entries');
  const other = others.find(({ count }) =>
    areAllKnown ? isAsNarrowButOther(best.count, count) : !overlap(best.count, count),
  );
  // In the order of the files, as they were given.
  if (other !== undefined) {
    const [one, two] = newest.filter((entry) => entry === best || entry === other);
    return { clash: [one ?? best, two ?? other] };
  }
  return { count: best.count, years: areAllKnown ? known : [] };
}

/** Two exact counts of one year; of an exact one and a hidden one, the exact one is the count. */
function isAsNarrowButOther(one: PupilCount, other: PupilCount): boolean {
  return widthOf(one) === widthOf(other) && one.least !== other.least;
}

function overlap(one: PupilCount, other: PupilCount): boolean {
  return one.least <= other.most && other.least <= one.most;
}

function unknownNote({ file, counts }: CountedFile): readonly string[] {
  const unknown = [...counts].filter(([, { most }]) => most === Number.POSITIVE_INFINITY);
  const [first] = unknown;
  if (first === undefined) return [];
  return [
    `${file} does not say how many pupils ${unknown.length} location(s) have, the first ${first[0]}: a count is empty or hidden; what is known of them stays`,
  ];
}

function textOf({ least, most }: PupilCount): string {
  return least === most ? String(least) : `${least} to ${most}`;
}
