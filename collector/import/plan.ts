// What an import changes, from what the files say and what is known. Pure: the preview shows the
// same plan that is applied.
import type { EpochMs } from '#shared/model/units.ts';
import type { ImportPlan } from '#shared/wire/import.ts';
import type { KnownLocation, RegistryChanges, RegistryState } from '../registry/registry.ts';
import { type Covered, coverageOf, isCovered } from './coverage.ts';
import { planBoards } from './plan-boards.ts';
import { type MergeChoice, planMerges } from './plan-merges.ts';
import { type PlannedRow, planRows } from './plan-rows.ts';
import type { ImportedFacts } from './read-files.ts';

export interface PlanOptions {
  /** Default: proposed merges are listed and not applied. */
  readonly merge?: MergeChoice;
}

export interface Planned {
  readonly plan: ImportPlan;
  readonly changes: RegistryChanges;
}

/** Throws `bad_import` for a merge that was asked for and cannot be. */
export function planImport(
  facts: ImportedFacts,
  state: RegistryState,
  now: EpochMs,
  options: PlanOptions = {},
): Planned {
  const known = new Map(state.locations.map((location) => [location.id, location]));
  const listed = new Set(facts.locations.map(({ id }) => id));
  const coverage = coverageOf(facts.locations);
  const gone = state.locations.filter(
    (location) => isOpen(location) && !listed.has(location.id) && isCovered(coverage, location),
  );
  const merged = planMerges({ facts, known, gone, choice: options.merge });
  const applied = merged.filter((merge) => merge.applied);
  const goneOn = new Set(applied.map(({ from }) => from));
  const closed = gone.filter(({ id }) => !goneOn.has(id));
  const reopened = state.locations.filter((each) => !isOpen(each) && listed.has(each.id));
  const rows = planRows(facts, known);
  const written = rows.filter(({ before, changes }) => before === undefined || changes.length > 0);
  const boards = planBoards(
    facts.boards,
    state.boards,
    rows.map(({ location }) => location),
  );
  const plan: ImportPlan = {
    boards: boards.plan,
    locations: {
      added: written.filter(({ before }) => before === undefined).map(({ location }) => location),
      changed: written.flatMap(({ before, location, changes }) =>
        before === undefined ? [] : [{ id: location.id, name: location.name, changes }],
      ),
      closed: closed.map(placeOf),
      reopened: reopened.map(placeOf),
      merged: [...merged],
      unchanged: rows.length - written.length,
      withoutCoordinates: withoutCoordinates(state, rows, [
        ...closed.map(({ id }) => id),
        ...goneOn,
      ]),
    },
    coverage: coverage.map((each) => coverageText(each, state)),
    notes: [...facts.notes, ...notesOf(facts, state, rows)],
  };
  return {
    plan,
    changes: {
      boards: boards.rows,
      locations: written.map(({ location }) => location),
      reopened: reopened.map(({ id }) => id),
      closed: closed.map(({ id }) => ({ id, at: now })),
      merged: applied.map(({ from, to }) => ({ from, to, at: now })),
    },
  };
}

function isOpen({ closed }: KnownLocation): boolean {
  return closed === undefined;
}

function placeOf({ id, name, devices }: KnownLocation) {
  return { id, name, devices };
}

function coverageText(
  covered: Covered,
  { locations }: RegistryState,
): ImportPlan['coverage'][number] {
  return {
    sector: covered.sector,
    provinces: [...covered.provinces].map((name) => name ?? '').sort(),
    open: locations.filter((each) => isOpen(each) && isCovered([covered], each)).length,
  };
}

/** Of those that will be open. */
function withoutCoordinates(
  { locations }: RegistryState,
  rows: readonly PlannedRow[],
  closing: readonly string[],
): number {
  const places = new Map(
    locations.filter(isOpen).map(({ id, coordinates }) => [id, coordinates] as const),
  );
  for (const { location, before } of rows) {
    if (before === undefined || places.has(location.id)) {
      places.set(location.id, location.coordinates);
    }
  }
  for (const id of closing) places.delete(id);
  return [...places.values()].filter((coordinates) => coordinates === undefined).length;
}

function notesOf(
  facts: ImportedFacts,
  { locations }: RegistryState,
  rows: readonly PlannedRow[],
): string[] {
  const given = new Set(rows.map(({ location }) => location.id));
  const strangers = [...facts.pupils.keys()].filter((id) => !given.has(id)).length;
  const hidden = [...facts.pupils].filter(
    ([id, { least, most }]) => given.has(id) && least !== most,
  ).length;
  const unsorted =
    facts.locations.length === 0
      ? 0
      : locations.filter((each) => each.sector === undefined && isOpen(each) && !given.has(each.id))
          .length;
  return [
    strangers > 0 &&
      `pupils of ${strangers} location(s) that are neither in a file nor open here were passed over`,
    hidden > 0 &&
      `the pupils of ${hidden} location(s) are known within a margin: DUO hides counts below 5`,
    unsorted > 0 &&
      `${unsorted} location(s) of no known sector are in no file and stay as they are`,
  ].filter((note) => note !== false);
}
