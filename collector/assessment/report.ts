// Verdicts and comparisons as text for a terminal. Pure.
import { OUTCOMES, type Reason } from '#shared/model/verdict.ts';
import type { Text, VerdictView } from '#shared/wire/api.ts';
import type { Retraced } from './judge-again.ts';
import type { ChangeTable } from './what-if.ts';

export type ReportLanguage = keyof Text;

/** Rule by rule: the figures that it compared, and its sentence. */
export function verdictText(view: VerdictView, language: ReportLanguage): string {
  const { outcome, normVersion, rulesVersion = '2026.1', judgedAt, evidence } = view;
  const lines = [
    `${outcome}: ${view.text[language]}`,
    `judged ${judgedAt} by norm ${normVersion} and rules ${rulesVersion}, from ${evidence.tests} tests since ${evidence.from}`,
    `used for capacity ${evidence.capacityIds.length}, for use in school hours ${evidence.useIds.length}`,
    '',
  ];
  for (const reason of view.reasons) {
    lines.push(`- ${figuresText(reason)}`, `  ${reason.text[language]}`);
  }
  return `${lines.join('\n')}\n`;
}

export function retracedText({ result, notes }: Retraced): string {
  if (result === 'reproduced') return 'The kept verdict is reproduced from the stored evidence.\n';
  const head =
    result === 'differs'
      ? 'The kept verdict is NOT reproduced from the stored evidence'
      : 'The kept verdict cannot be given again';
  return `${head}: ${notes.join('; ')}.\n`;
}

/** Old outcomes down, new ones across. */
export function changeTableText(table: ChangeTable, oldName: string, newName: string): string {
  const rows = OUTCOMES.map((from) => [from, ...OUTCOMES.map((to) => String(table[from][to]))]);
  return `${oldName} (down) × ${newName} (across)\n${tableText(['', ...OUTCOMES], rows)}`;
}

/** Columns as wide as their widest cell; all but the first to the right. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return `${[head, ...rows].map(line).join('\n')}\n`;
}

function figuresText({ rule, direction, observed, required, interval, n, detail }: Reason): string {
  const figures = [
    observed === undefined ? '' : `observed=${rounded(observed)}`,
    interval === undefined ? '' : `interval=[${rounded(interval[0])}, ${rounded(interval[1])}]`,
    required === undefined ? '' : `required=${rounded(required)}`,
    n === undefined ? '' : `n=${n}`,
    ...Object.entries(detail ?? {}).map(
      ([name, value]) => `${name}=${typeof value === 'number' ? rounded(value) : value}`,
    ),
  ];
  return [rule, direction ?? '', ...figures].filter((part) => part !== '').join(' ');
}

function rounded(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}
