// The report of a pack as a PDF for people: on the first page the verdict, the norm, what is short of it
// and why it is said; then every test. The figures are the pack's; nothing is judged here.
import type { Outcome } from '#shared/model/verdict.ts';
import type { Text } from '#shared/wire/api.ts';
import type { EvidenceLine, EvidencePack } from '#shared/wire/evidence-pack.ts';
import { FORMATS, type Formats } from '../../assessment/explain/formats.ts';
import { LINE_KIND_TEXTS } from '../../dossiers/line-words.ts';
import { OUTCOME_TEXTS } from '../../dossiers/state-texts.ts';
import { localTime, PACK_TERMS } from '../words.ts';
import { lineFigures } from './line-figures.ts';
import { Paper, SUBTLE } from './paper.ts';
import { testsTable } from './tests-table.ts';
import { REPORT_TEXTS, type ReportTexts } from './texts.ts';
import type { Writing } from './writing.ts';

const COLOURS: Readonly<Record<Outcome, string>> = {
  meets: '#2d7d46',
  below: '#b3261e',
  intermittent: '#b26a00',
  inconclusive: '#5b6270',
  unfit: '#5b6270',
  no_data: '#5b6270',
};

/** The PDF's bytes: the same for the same pack and language. */
export function reportOf(pack: EvidencePack, language: keyof Text): Promise<Uint8Array> {
  const texts = REPORT_TEXTS[language];
  const { id, name } = pack.location;
  const paper = new Paper({
    ...{ language: texts.locale, title: `${texts.title}: ${name} (${id})` },
    madeAt: new Date(pack.madeAt),
    foot: texts.foot(`${name} (${id})`, `${pack.format} · ${minute(pack.madeAt)}`),
    pageOf: texts.pageOf,
  });
  const writing: Writing = { pack, paper, language, texts, formats: FORMATS[language] };
  writeHead(writing);
  const shown = decisiveFirst(pack);
  for (const line of shown) writeLine(writing, line, shown.length > 1);
  writeExplanation(writing);
  writeOthers(writing);
  testsTable(writing);
  return paper.finish();
}

function writeHead({ pack, paper, language, texts, formats }: Writing): void {
  const { verdict, location, overrule, period, lineId } = pack;
  paper.heading(1, texts.title);
  paper.paragraph(`${location.name} (${location.id})`, { size: 12, isBold: true, after: 1 });
  paper.paragraph(placeOf(pack, texts, formats), { colour: SUBTLE, after: 1 });
  const [from, to, madeAt] = [period.from, period.to, pack.madeAt].map(minute);
  paper.paragraph(
    `${texts.period(from ?? '', to ?? '', madeAt ?? '')} ${texts.judged(minute(verdict.judgedAt), pack.norm.version, pack.software.rules)}`,
    { colour: SUBTLE, after: 6 },
  );
  const line = pack.lines.find(({ id }) => id === lineId);
  paper.callout(
    line === undefined
      ? verdict.text[language]
      : [
          texts.ofLine(line.name, OUTCOME_TEXTS[verdict.outcome][language]),
          verdict.reasons[0]?.text[language] ?? '',
        ].join(' '),
    COLOURS[verdict.outcome],
  );
  if (overrule !== null) {
    const { outcome, endsAt, reason } = overrule;
    paper.paragraph(
      texts.overruled(OUTCOME_TEXTS[outcome][language], formats.date(endsAt), reason),
      { isBold: true },
    );
  }
  const { result, notes } = pack.reproduction;
  if (result === 'differs') paper.paragraph(texts.notReproduced(notes.join('; ')));
}

function placeOf({ location }: EvidencePack, texts: ReportTexts, formats: Formats): string {
  const { street, houseNumber, postalCode, city, municipality, pupils, pupilsMargin } = location;
  const margin = pupilsMargin === undefined ? '' : ` (± ${formats.count(pupilsMargin)})`;
  return [
    location.board.name,
    [street, houseNumber].filter(Boolean).join(' '),
    [postalCode, city].filter(Boolean).join(' '),
    municipality === city ? '' : (municipality ?? ''),
    pupils === undefined ? '' : texts.pupils(formats.count(pupils), margin),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** The line whose verdict is the location's goes before the others. */
function decisiveFirst({ lines, verdict }: EvidencePack): readonly EvidenceLine[] {
  const isDecisive = (line: EvidenceLine) =>
    line.role === 'main' &&
    line.verdict !== null &&
    JSON.stringify(line.verdict.evidence) === JSON.stringify(verdict.evidence);
  const first = lines.find(isDecisive);
  return first === undefined ? lines : [first, ...lines.filter((line) => line !== first)];
}

function writeLine(writing: Writing, line: EvidenceLine, isOneOfMany: boolean): void {
  const { paper, language, texts, formats } = writing;
  const facts = [
    texts.line(line.name),
    texts.roles[line.role],
    LINE_KIND_TEXTS[line.kind][language],
    line.provider ?? '',
    line.endedAt === null ? '' : texts.lineEnded(formats.date(line.endedAt)),
  ];
  paper.heading(2, facts.filter((part) => part !== '').join(' · '));
  if (line.verdict === null) {
    paper.paragraph(texts.notJudged);
    return;
  }
  if (isOneOfMany) {
    const outcome = OUTCOME_TEXTS[line.verdict.outcome][language];
    paper.paragraph(texts.ofLine(line.name, outcome), { isBold: true });
  }
  lineFigures(writing, line, line.verdict);
}

function writeExplanation({ pack, paper, texts, formats }: Writing): void {
  const { norm, measureServers, software } = pack;
  paper.heading(2, texts.explanation);
  for (const text of texts.explained({
    ...{ download: formats.mbps(norm.download), upload: formats.mbps(norm.upload) },
    tolerance: formats.percent(norm.tolerance),
    ...{ meets: formats.percent(norm.meetsShare), below: formats.percent(norm.belowShare) },
  })) {
    paper.paragraph(text, { size: 8 });
  }
  paper.heading(2, texts.madeWith);
  const servers = measureServers.map(({ url, tests }) => `${url} (${formats.count(tests)})`);
  paper.paragraph(texts.servers(servers.join(', ') || texts.none), { size: 8, after: 1 });
  const agents = software.agents.map(
    ({ agentVersion, nodeVersion, tests }) =>
      `${agentVersion} / Node ${nodeVersion} (${formats.count(tests)})`,
  );
  paper.paragraph(texts.software(software.collector, agents.join(', ') || texts.none), { size: 8 });
}

function writeOthers({ pack, paper, language, texts }: Writing): void {
  const { title, note, rule, answer, source } = texts.others;
  paper.heading(2, title);
  paper.paragraph(note, { size: 8 });
  paper.table(
    [{ head: rule, width: 60 }, { head: answer, width: 70 }, { head: source }],
    pack.otherRules.map(({ name, outcome, source: from }) => [
      ...[name, PACK_TERMS[outcome]?.[language] ?? outcome, from],
    ]),
    7.5,
  );
}

function minute(iso: string): string {
  return localTime(iso).slice(0, 'yyyy-mm-dd hh:mm'.length);
}
