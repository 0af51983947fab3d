// Every test of the pack, a row each: what was measured, and for which question each direction counts
// or why it does not.
import type { Account, EvidenceTest } from '#shared/wire/evidence-pack.ts';
import { localTime, whyText } from '../words.ts';
import type { PaperColumn } from './paper.ts';
import type { Writing } from './writing.ts';

const SIZE = 6.4;

export function testsTable(writing: Writing): void {
  const { pack, paper, texts, formats } = writing;
  const { tests, failed, counted, excluded } = pack.counts;
  const count = formats.count;
  paper.newPage();
  paper.heading(2, texts.tests);
  paper.paragraph(texts.counts(count(tests), count(counted), count(excluded), count(failed)));
  if (tests === 0) return;
  const names = new Map(pack.lines.map(({ id, name }) => [id, name]));
  const hasLines = names.size > 1;
  const { columns } = texts;
  const head: readonly PaperColumn[] = [
    { head: columns.time, width: 68, isShort: true },
    ...(hasLines ? [{ head: columns.line, width: 48 }] : []),
    { head: columns.down, width: 78, align: 'right', isShort: true },
    { head: columns.up, width: 70, align: 'right', isShort: true },
    { head: columns.capacity },
    { head: columns.use },
  ];
  const number = new Intl.NumberFormat(texts.locale, {
    ...{ minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false },
  });
  paper.table(
    head,
    pack.tests.map((test) => [
      localTime(test.startedAt),
      ...(hasLines ? [names.get(test.lineId) ?? ''] : []),
      rateText(test.download, number, texts.none),
      rateText(test.upload, number, texts.none),
      accountsText(writing, test, 'capacity'),
      accountsText(writing, test, 'use'),
    ]),
    SIZE,
  );
}

function rateText(
  result: EvidenceTest['download'],
  number: Intl.NumberFormat,
  none: string,
): string {
  if (result === undefined) return none;
  const { ipCapacity, interval, atLeast } = result;
  const [low, high] = interval.map((bound) => number.format(bound));
  return `${atLeast === true ? '≥ ' : ''}${number.format(ipCapacity)} [${low}–${high}]`;
}

/** Once where both directions say the same. */
function accountsText(writing: Writing, test: EvidenceTest, question: 'capacity' | 'use'): string {
  const { download, upload } = test.judged;
  const [down, up] = [
    accountText(writing, download[question]),
    accountText(writing, upload[question]),
  ];
  return down === up ? down : `↓ ${down} · ↑ ${up}`;
}

function accountText({ texts, language }: Writing, account: Account): string {
  if (!account.counted) return account.because.map((why) => whyText(why)[language]).join(', ');
  return account.settles === undefined ? texts.counted[account.as] : texts.counted.second;
}
