// The pack's table: a row for each test, with what was measured and how each direction counts.
import type { Text } from '#shared/wire/api.ts';
import type { Account, EvidencePack, EvidenceTest } from '#shared/wire/evidence-pack.ts';
import type { Column, ColumnKind, Sheet } from '../planning/export/sheet.ts';
import { localTime, OUTCOME_TERMS, POSITION_TERMS, QUIET_TERMS, YES_NO } from './words.ts';

interface Row {
  readonly test: EvidenceTest;
  /** Name of its line. */
  readonly line: string;
}

type Value = string | number | readonly string[] | null | undefined;

export function testsSheet({ lines, tests }: Pick<EvidencePack, 'lines' | 'tests'>): Sheet<Row> {
  const names = new Map(lines.map(({ id, name }) => [id, name]));
  return {
    name: { nl: 'Metingen', en: 'Tests' },
    columns: [...TEST, ...directionColumns('download'), ...directionColumns('upload')],
    rows: tests.map((test) => ({ test, line: names.get(test.lineId) ?? test.lineId })),
  };
}

const TEST: readonly Column<Row>[] = [
  of('text', 'Meting', 'Test', ({ test }) => test.id),
  of('text', 'Lijn', 'Line', ({ line }) => line),
  of('text', 'Meetapparaat', 'Device', ({ test }) => test.deviceId),
  of('text', 'Begin (Nederlandse tijd)', 'Start (Dutch time)', ({ test }) =>
    localTime(test.startedAt),
  ),
  of('text', 'Begin (UTC)', 'Start (UTC)', ({ test }) => test.startedAt),
  of('text', 'Ontvangen (UTC)', 'Received (UTC)', ({ test }) => test.receivedAt),
  of('count', 'Duur (ms)', 'Duration (ms)', ({ test }) => test.durationMs),
  of('text', 'Modus', 'Mode', ({ test }) => test.conditions.mode),
  of('text', 'Protocol', 'Protocol', ({ test }) => test.protocol),
  of('text', 'Meetserver', 'Measure server', ({ test }) => test.conditions.server),
  of('text', 'Versie agent', 'Agent version', ({ test }) => test.conditions.agentVersion),
  of('text', 'Versie Node', 'Node version', ({ test }) => test.conditions.nodeVersion),
  of('term', 'Plaats', 'Position', ({ test }) => test.conditions.position, POSITION_TERMS),
  of('term', 'Lijn stil', 'Line quiet', ({ test }) => test.judged.quiet, QUIET_TERMS),
  of(
    'term',
    'In schooltijd',
    'In school hours',
    ({ test }) => yesNo(test.judged.inSchoolHours),
    YES_NO,
  ),
  of('text', 'Kenmerken', 'Flags', ({ test }) => [
    ...new Set([...test.flags, ...test.judged.flags]),
  ]),
  of('text', 'Mislukt', 'Failed', ({ test }) => test.failure?.code),
  of('text', 'Mislukt bij', 'Failed at', ({ test }) => test.failure?.operation),
  of('text', 'Bevestigt meting', 'Confirms test', ({ test }) => test.confirms),
];

function directionColumns(direction: 'download' | 'upload'): readonly Column<Row>[] {
  const name = direction === 'download' ? 'Down' : 'Up';
  const result = ({ test }: Row) => test[direction];
  const judged = ({ test }: Row) => test.judged[direction];
  const column = (
    kind: ColumnKind,
    nl: string,
    en: string,
    value: (row: Row) => Value,
    terms?: Readonly<Record<string, Text>>,
  ) => of(kind, `${name}: ${nl}`, `${name}: ${en}`, value, terms);
  return [
    column('decimal', 'IP-laag (Mbit/s)', 'IP layer (Mbit/s)', (row) => result(row)?.ipCapacity),
    column('decimal', '95% van (Mbit/s)', '95% from (Mbit/s)', (row) => result(row)?.interval[0]),
    column('decimal', '95% tot (Mbit/s)', '95% to (Mbit/s)', (row) => result(row)?.interval[1]),
    column(
      'term',
      'ten minste',
      'at least',
      (row) => result(row) && yesNo(result(row)?.atLeast ?? false),
      YES_NO,
    ),
    column('decimal', 'goodput (Mbit/s)', 'goodput (Mbit/s)', (row) => result(row)?.goodput),
    column('count', 'bytes', 'bytes', (row) => result(row)?.bytes),
    column('count', 'duur (ms)', 'duration (ms)', (row) => result(row)?.durationMs),
    column('count', 'verbindingen', 'streams', (row) => result(row)?.streams),
    column('term', 'uitslag', 'result', (row) => judged(row).outcome, OUTCOME_TERMS),
    ...accountColumns(column, 'capaciteit', 'capacity', (row) => judged(row).capacity),
    ...accountColumns(column, 'gebruik', 'use', (row) => judged(row).use),
  ];
}

function accountColumns(
  column: typeof of,
  nl: string,
  en: string,
  account: (row: Row) => Account,
): readonly Column<Row>[] {
  const because = (row: Row) => {
    const found = account(row);
    return found.counted ? [] : found.because;
  };
  const as = (row: Row) => {
    const found = account(row);
    return found.counted ? found.as : null;
  };
  const other = (row: Row) => {
    const found = account(row);
    return found.counted ? (found.settledBy ?? found.settles) : null;
  };
  return [
    column(
      'term',
      `telt voor ${nl}`,
      `counts for ${en}`,
      (row) => yesNo(account(row).counted),
      YES_NO,
    ),
    column('term', `${nl}, als`, `${en}, as`, as, OUTCOME_TERMS),
    column('text', `${nl}, samen met`, `${en}, together with`, other),
    column('text', `${nl}, waarom niet`, `${en}, why not`, because),
  ];
}

function of(
  kind: ColumnKind,
  nl: string,
  en: string,
  value: (row: Row) => Value,
  terms?: Readonly<Record<string, Text>>,
): Column<Row> {
  return {
    ...{ header: { nl, en }, kind, value: (row) => value(row) ?? null },
    ...(terms === undefined ? {} : { terms }),
  };
}

function yesNo(is: boolean): 'yes' | 'no' {
  return is ? 'yes' : 'no';
}
