// A plan as lines for a terminal: what changes, with old and new, and what to know. Pure.
import type { FieldChange, ImportPlan, Merge } from '#shared/wire/import.ts';

/** More than a screen of each kind helps nobody; `--json` has all. */
const SHOWN = 40;

const BASIS: Readonly<Record<Merge['basis'], string>> = {
  transition: "told by DUO's overgangen",
  same_address: 'a new code at the same postcode and house number',
  operator: 'as you say',
};

export function reportOf({ boards, locations, coverage, notes }: ImportPlan): readonly string[] {
  const counts = (added: number, changed: number, unchanged: number) =>
    `${added} added, ${changed} changed, ${unchanged} unchanged`;
  return [
    `boards: ${counts(boards.added.length, boards.renamed.length, boards.unchanged)}`,
    ...some(boards.renamed, ({ id, from, to }) => `  ${id}: ${from} → ${to}`),
    `locations: ${counts(locations.added.length, locations.changed.length, locations.unchanged)}, ${locations.closed.length} closed, ${locations.reopened.length} reopened, ${locations.merged.length} gone on as another`,
    ...some(locations.changed, ({ id, changes }) => `  ${id}: ${changes.map(textOf).join('; ')}`),
    ...some(
      locations.closed,
      ({ id, name, devices }) => `  closed: ${id} ${name}${withDevices(devices)}`,
    ),
    ...some(locations.reopened, ({ id, name }) => `  reopened: ${id} ${name}`),
    ...some(locations.merged, mergeText),
    ...(coverage.length === 0
      ? ['nothing is closed by these files']
      : coverage.map(
          ({ sector, provinces, open }) =>
            `only locations of sector ${sector} in ${provinces.map((name) => name || 'no province').join(', ')} can be closed by these files (${open} were open)`,
        )),
    ...(boards.unnamed.length === 0
      ? []
      : [
          `${boards.unnamed.length} board(s) have no name and go by their number; give DUO's file of boards too`,
        ]),
    ...(locations.withoutCoordinates === 0
      ? []
      : [`${locations.withoutCoordinates} open location(s) have no coordinates`]),
    ...notes,
  ];
}

function mergeText({ from, to, basis, devices, applied }: Merge): string {
  const state = applied ? 'goes on' : 'may have gone on (--merge to apply)';
  return `  ${from} ${state} as ${to}: ${BASIS[basis]}${withDevices(devices)}`;
}

function withDevices(devices: number): string {
  return devices === 0 ? '' : `, ${devices} device(s)`;
}

function textOf({ field, from, to }: FieldChange): string {
  return `${field} ${from ?? '(none)'} → ${to ?? '(none)'}`;
}

function some<T>(items: readonly T[], line: (item: T) => string): string[] {
  const lines = items.slice(0, SHOWN).map(line);
  const rest = items.length - lines.length;
  return rest > 0 ? [...lines, `  and ${rest} more`] : lines;
}
