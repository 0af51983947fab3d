// Each location as it will be, and which of its fields that changes. Pure.
import type { Coordinates, Location } from '#shared/model/location.ts';
import type { FieldChange } from '#shared/wire/import.ts';
import type { KnownLocation } from '../registry/registry.ts';
import type { PostcodePoints } from './postcodes.ts';
import { pupilsOf } from './pupils.ts';
import type { ImportedFacts } from './read-files.ts';

export interface PlannedRow {
  readonly before: KnownLocation | undefined;
  readonly location: Location;
  readonly changes: FieldChange[];
}

/** In the order in which a person looks for them. */
const FIELDS = [
  'boardId',
  'name',
  'street',
  'houseNumber',
  'postalCode',
  'city',
  'municipality',
  'province',
  'sector',
  'pupils',
  'pupilsMargin',
] as const satisfies readonly (keyof Location)[];

/** Those in the files, those that only pupils are given of, and those that now can be located. */
export function planRows(
  facts: ImportedFacts,
  known: ReadonlyMap<string, KnownLocation>,
): readonly PlannedRow[] {
  const given = withPupils(facts, known);
  const places = { postcodes: facts.postcodes, byAddress: byAddressOf(known) };
  const rows = [...given.values()].map((location) =>
    rowOf(location, known.get(location.id), places),
  );
  if (facts.postcodes.length === 0) return rows;
  const others = [...known.values()]
    .filter(({ id }) => !given.has(id))
    .map((before) => rowOf(locationIn(before), before, places))
    .filter(({ changes }) => changes.length > 0);
  return [...rows, ...others];
}

function withPupils(
  { locations, pupils }: ImportedFacts,
  known: ReadonlyMap<string, KnownLocation>,
): Map<string, Location> {
  const given = new Map<string, Location>(locations.map((location) => [location.id, location]));
  for (const [id, count] of pupils) {
    const before = known.get(id);
    const isOpen = before !== undefined && before.closed === undefined;
    const location = given.get(id) ?? (isOpen ? locationIn(before) : undefined);
    if (location === undefined) continue;
    const { pupilsMargin: _, ...rest } = location;
    given.set(id, { ...rest, ...pupilsOf(count) });
  }
  return given;
}

/** What a file does not say of a known location is kept: DUO spreads it over several files. */
function rowOf(given: Location, before: KnownLocation | undefined, places: Places): PlannedRow {
  const {
    coordinates: _,
    pupilsMargin,
    ...kept
  } = before === undefined ? given : locationIn(before);
  const merged: Location = {
    ...kept,
    // The margin is that of its count; a new count brings its own, or none.
    ...(given.pupils === undefined && pupilsMargin !== undefined ? { pupilsMargin } : {}),
    ...given,
  };
  const { coordinates: __, ...placeless } = merged;
  const coordinates = coordinatesOf(placeless, before, places);
  const location = { ...placeless, ...(coordinates === undefined ? {} : { coordinates }) };
  return { before, location, changes: changesOf(before, location) };
}

function locationIn({
  createdAt: _,
  devices: __,
  closed: ___,
  ...location
}: KnownLocation): Location {
  return location;
}

/** Where addresses are: by the files given, and as other locations had it, closed ones too. */
interface Places {
  readonly postcodes: readonly PostcodePoints[];
  readonly byAddress: ReadonlyMap<string, Coordinates>;
}

function byAddressOf(known: ReadonlyMap<string, KnownLocation>): ReadonlyMap<string, Coordinates> {
  const found = new Map<string, Coordinates>();
  for (const location of known.values()) {
    const address = addressOf(location);
    if (address === undefined || location.coordinates === undefined) continue;
    if (!found.has(address)) found.set(address, location.coordinates);
  }
  return found;
}

function addressOf({
  postalCode,
  houseNumber,
}: Pick<Location, 'postalCode' | 'houseNumber'>): string | undefined {
  return postalCode === undefined || houseNumber === undefined
    ? undefined
    : `${postalCode} ${houseNumber}`;
}

/**
 * A file's go before those that were there; those of a former address are of no use. A school under a
 * new code stands where the one before it stood.
 */
function coordinatesOf(
  { postalCode, houseNumber }: Location,
  before: KnownLocation | undefined,
  { postcodes, byAddress }: Places,
): Coordinates | undefined {
  if (postalCode !== undefined) {
    for (const points of postcodes) {
      const point = points.at(postalCode, houseNumber);
      if (point !== undefined) return { ...point, source: 'postcode_file' };
    }
  }
  const stayed =
    before !== undefined && before.postalCode === postalCode && before.houseNumber === houseNumber;
  if (stayed) return before.coordinates;
  const address = addressOf({ postalCode, houseNumber });
  return address === undefined ? undefined : byAddress.get(address);
}

function changesOf(before: KnownLocation | undefined, after: Location): FieldChange[] {
  const changes = FIELDS.filter((field) => before?.[field] !== after[field]).map((field) =>
    fieldChange(field, before?.[field], after[field]),
  );
  const [from, to] = [pointText(before?.coordinates), pointText(after.coordinates)];
  return from === to ? changes : [...changes, fieldChange('coordinates', from, to)];
}

function fieldChange(
  field: string,
  from: string | number | undefined,
  to: string | number | undefined,
): FieldChange {
  return { field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function pointText(coordinates: Coordinates | undefined): string | undefined {
  if (coordinates === undefined) return undefined;
  return `${coordinates.latitude}, ${coordinates.longitude} (${coordinates.source})`;
}
