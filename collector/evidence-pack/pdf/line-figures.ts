// Of one line: what is short of the norm and of the contract, rule by rule why, and the tests as charts.
import type { Direction } from '#shared/model/norm.ts';
import type { Reason } from '#shared/model/verdict.ts';
import type { VerdictView } from '#shared/wire/api.ts';
import type { DirectionFinding, EvidenceLine } from '#shared/wire/evidence-pack.ts';
import { localTime } from '../words.ts';
import { type Chart, drawChart, drawLegend, pointsOf } from './chart.ts';
import type { Writing } from './writing.ts';

const DIRECTIONS: readonly Direction[] = ['download', 'upload'];
const CHART_HEIGHT = 108;
const LEGEND_HEIGHT = 10;
/** Rules whose figures are rates; of the others they are shares or counts. */
const OF_RATES: readonly string[] = ['typical_speed', 'level_changed', 'mend_too_slow'];

export function lineFigures(writing: Writing, line: EvidenceLine, verdict: VerdictView): void {
  const { paper } = writing;
  paper.paragraph(DIRECTIONS.map((direction) => shortText(writing, line, direction)).join(' '), {
    size: 9,
  });
  figuresTable(writing, line);
  rulesTable(writing, verdict);
  for (const direction of DIRECTIONS) chart(writing, line, direction);
  paper.figure(LEGEND_HEIGHT, Object.values(writing.texts.marks).join(', '), (doc, { x, y }) =>
    drawLegend(doc, x, y, writing.texts.marks),
  );
}

function shortText({ texts, formats }: Writing, line: EvidenceLine, direction: Direction): string {
  const { reading, norm } = line.findings[direction];
  const name = texts.directions[direction];
  if (reading === undefined) return texts.noReading(name);
  const [shown, asked] = [readingText(reading, formats.mbps), formats.mbps(norm.mbps)];
  const { shortfallMbps = 0, shortfallShare = 0 } = norm;
  return shortfallMbps > 0
    ? texts.short(name, shown, formats.mbps(shortfallMbps), formats.percent(shortfallShare), asked)
    : texts.enough(name, shown, asked);
}

function readingText(
  { mbps, isAtLeast }: NonNullable<DirectionFinding['reading']>,
  format: (mbps: number) => string,
): string {
  return `${isAtLeast ? '≥ ' : ''}${format(mbps)}`;
}

function figuresTable({ paper, texts, formats }: Writing, line: EvidenceLine): void {
  const { figures, none } = texts;
  const short = (of: DirectionFinding['contract']) =>
    of?.shortfallMbps === undefined || of.shortfallShare === undefined
      ? none
      : `${formats.mbps(of.shortfallMbps)} (${formats.percent(of.shortfallShare)})`;
  paper.table(
    [
      { head: figures.direction, width: 58 },
      ...[figures.reading, figures.passed, figures.norm, figures.short].map((head) => ({ head })),
      ...[figures.contract, figures.shortOfContract].map((head) => ({ head })),
    ],
    DIRECTIONS.map((direction) => {
      const { reading, tests, passes, norm, contract } = line.findings[direction];
      return [
        texts.directions[direction],
        reading === undefined ? none : readingText(reading, formats.mbps),
        texts.passedOf(formats.count(passes), formats.count(tests)),
        formats.mbps(norm.mbps),
        short(norm),
        contract === undefined ? none : formats.mbps(contract.mbps),
        short(contract),
      ];
    }),
  );
}

function rulesTable(writing: Writing, verdict: VerdictView): void {
  const { paper, language, texts } = writing;
  const { rule, asked, seen, answer } = texts.rules;
  paper.table(
    [
      { head: rule, width: 92 },
      { head: asked, width: 56 },
      { head: seen, width: 100 },
      { head: answer },
    ],
    verdict.reasons.map((reason) => [
      reason.rule + (reason.direction === undefined ? '' : ` ${reason.direction}`),
      askedText(writing, reason),
      seenText(writing, reason),
      reason.text[language],
    ]),
    7.2,
  );
}

function askedText({ texts, formats }: Writing, reason: Reason): string {
  const { required } = reason;
  return required === undefined ? texts.none : valueText(reason, required, formats);
}

function seenText({ texts, formats }: Writing, reason: Reason): string {
  const { observed, interval, n } = reason;
  const parts = [
    observed === undefined ? '' : valueText(reason, observed, formats),
    interval === undefined
      ? ''
      : `(${texts.interval(...(interval.map(formats.percent) as [string, string]))})`,
    n === undefined ? '' : texts.ofTests(formats.count(n)),
  ].filter((part) => part !== '');
  return parts.join(' ') || texts.none;
}

function valueText(reason: Reason, value: number, formats: Writing['formats']): string {
  if (OF_RATES.includes(reason.rule)) return formats.mbps(value);
  const isShare = reason.interval !== undefined || reason.rule === 'disqualified';
  return isShare ? formats.percent(value) : formats.count(value);
}

function chart(
  { pack, paper, texts, formats }: Writing,
  line: EvidenceLine,
  direction: Direction,
): void {
  const { contract, norm } = line.findings[direction];
  const name = texts.directions[direction];
  const points = pointsOf(
    pack.tests.filter(({ lineId }) => lineId === line.id),
    direction,
  );
  const drawn: Chart = {
    ...{ from: Date.parse(pack.period.from), to: Date.parse(pack.period.to), points },
    levels: [
      { mbps: norm.mbps, label: texts.normLevel(formats.count(norm.mbps)), isNorm: true },
      // On the norm's own line there is nothing more to see.
      ...(contract === undefined || contract.mbps === norm.mbps
        ? []
        : [
            {
              ...{ mbps: contract.mbps, isNorm: false },
              label: texts.contractLevel(formats.count(contract.mbps)),
            },
          ]),
    ],
    dayOf: (at) => localTime(new Date(at).toISOString()).slice('yyyy-'.length, 'yyyy-mm-dd'.length),
    title: texts.chart(name),
  };
  const alt = texts.chartAlt(name, formats.count(points.length), formats.mbps(norm.mbps));
  paper.figure(CHART_HEIGHT, alt, (doc, box) => drawChart(doc, box, drawn));
}
