// The four documents of planning, each as an object for JSON and as sheets for a file.
import type {
  PlanningBasis,
  ScenarioQuery,
  ScenarioQuestion,
  ScenarioRows,
  ScenarioRule,
} from '#shared/wire/planning.ts';
import { flattened, type Sheets } from './export/file.ts';
import { choiceSheet, funnelSheet, jointBuildSheet, summarySheet } from './export/other-sheets.ts';
import { tableSheet } from './export/table-sheet.ts';
import { type Plan, scenariosOf } from './planning-desk.ts';

export interface PlanningDocument<Key extends string, Row> {
  /** Of the file. */
  readonly name: string;
  readonly basis: PlanningBasis;
  /** Key of the rows in the JSON. */
  readonly key: Key;
  readonly rows: readonly Row[];
  readonly sheets: Sheets;
}

export function tableDocument({ basis, planning }: Plan) {
  const rows = planning.table();
  return documentOf('planning', basis, 'rows', rows, [flattened(tableSheet(rows))]);
}

export function funnelDocument({ basis, planning }: Plan) {
  const rows = planning.funnel();
  return documentOf('funnel', basis, 'steps', rows, [flattened(funnelSheet(rows))]);
}

export function jointBuildsDocument({ basis, planning }: Plan) {
  const rows = planning.jointBuilds();
  return documentOf('joint-builds', basis, 'jointBuilds', rows, [flattened(jointBuildSheet(rows))]);
}

/** `part` is the sheet that comes first, which is all of a CSV. */
export function scenariosDocument(
  plan: Plan,
  question: ScenarioQuestion & { readonly rule: readonly ScenarioRule[] },
  part: ScenarioQuery['part'],
): PlanningDocument<'scenarios', ScenarioRows> {
  const rows = scenariosOf(plan, question, question.rule);
  const summary = flattened(summarySheet(rows.map((scenario) => scenario.summary)));
  const choices = flattened(choiceSheet(rows.flatMap((scenario) => scenario.choices)));
  return documentOf(
    'scenarios',
    plan.basis,
    'scenarios',
    rows,
    part === 'summary' ? [summary, choices] : [choices, summary],
  );
}

function documentOf<Key extends string, Row>(
  name: string,
  basis: PlanningBasis,
  key: Key,
  rows: readonly Row[],
  sheets: Sheets,
): PlanningDocument<Key, Row> {
  return { name, basis, key, rows, sheets };
}
