// What the figures of a workbook rest on, as its last sheet.
import type { Text } from '#shared/wire/api.ts';
import type { PlanningBasis } from '#shared/wire/planning.ts';
import type { Sheet } from './sheet.ts';

interface Line {
  readonly what: Text;
  readonly value: string;
}

const FILTERS: readonly (readonly [keyof PlanningBasis['filter'], string, string])[] = [
  ['board', 'Alleen bevoegd gezag', 'Only board'],
  ['municipality', 'Alleen gemeente', 'Only municipality'],
  ['province', 'Alleen provincie', 'Only province'],
  ['verdict', 'Alleen oordeel', 'Only verdict'],
  ['dossier', 'Alleen dossier', 'Only dossier'],
];

export function basisSheet(basis: PlanningBasis): Sheet<Line> {
  const assumed = basis.assumedCostCents;
  const rows: readonly Line[] = [
    line('Gemaakt op', 'Made at', basis.at),
    line('Versie van de norm', 'Version of the norm', basis.normVersion),
    line(
      'Buren en gezamenlijke aanleg binnen (km)',
      'Neighbours, joint builds within (km)',
      basis.radiusKm,
    ),
    line('Subsidieregeling', 'Subsidy scheme', basis.schemeId ?? '–'),
    line('Lezing van de regeling', 'Reading of the scheme', basis.readingId ?? '–'),
    line('Aangevraagd op', 'Applied for on', basis.subsidyOn),
    line('Regeling dan open', 'Scheme open then', basis.schemeIsOpen ? 'ja / yes' : 'nee / no'),
    ...(assumed === null
      ? []
      : [line('Aanlegkosten zonder offerte (€)', 'Cost without an offer (€)', assumed / 100)]),
    ...FILTERS.flatMap(([key, nl, en]) => {
      const value = basis.filter[key];
      return value === undefined ? [] : [line(nl, en, value)];
    }),
  ];
  return {
    name: { nl: 'Uitgangspunten', en: 'Basis' },
    columns: [
      { header: { nl: 'Wat', en: 'What' }, kind: 'text', value: ({ what }) => what.nl },
      { header: { nl: 'Engels', en: 'English' }, kind: 'text', value: ({ what }) => what.en },
      { header: { nl: 'Waarde', en: 'Value' }, kind: 'text', value: ({ value }) => value },
    ],
    rows,
  };
}

function line(nl: string, en: string, value: string | number): Line {
  return { what: { nl, en }, value: String(value) };
}
