// Columns of the funnel, joint builds and scenarios.
import type {
  FunnelStep,
  JointBuildRow,
  ScenarioChoice,
  ScenarioSummary,
} from '#shared/wire/planning.ts';
import { column } from './column.ts';
import type { Sheet } from './sheet.ts';
import {
  CANDIDATE_TERMS,
  CHARGE_TERMS,
  COST_TERMS,
  FUNNEL_TERMS,
  PROJECT_TERMS,
  RULE_TERMS,
  SUBSIDY_TERMS,
} from './terms.ts';

export function funnelSheet(rows: readonly FunnelStep[]): Sheet<FunnelStep> {
  const of = column<FunnelStep>;
  return {
    name: { nl: 'Trechter', en: 'Funnel' },
    columns: [
      of('step', 'term', 'Stap', 'Step', FUNNEL_TERMS),
      of('of', 'term', 'Deel van', 'Part of', FUNNEL_TERMS),
      of('locations', 'count', 'Vestigingen', 'Locations'),
      of('pupils', 'count', 'Leerlingen', 'Pupils'),
      of('share', 'share', 'Aandeel', 'Share'),
      of('overruled', 'count', 'Anders beoordeeld', 'Overruled'),
    ],
    rows,
  };
}

export function jointBuildSheet(rows: readonly JointBuildRow[]): Sheet<JointBuildRow> {
  const of = column<JointBuildRow>;
  return {
    name: { nl: 'Gezamenlijke aanleg', en: 'Joint builds' },
    columns: [
      of('jointBuildId', 'text', 'Gezamenlijke aanleg', 'Joint build'),
      of('locationIds', 'text', 'Vestigingen', 'Locations'),
      of('names', 'text', 'Namen', 'Names'),
      of('municipalities', 'text', 'Gemeenten', 'Municipalities'),
      of('locations', 'count', 'Aantal', 'Number'),
      of('pupils', 'count', 'Leerlingen', 'Pupils'),
      of('widthKm', 'decimal', 'Verste afstand (km)', 'Widest (km)'),
      of('costed', 'count', 'Met bekende kosten', 'With a known cost'),
      of('costCents', 'money', 'Aanlegkosten (€)', 'Cost of building (€)'),
      of('singleSubsidyCents', 'money', 'Subsidie apart (€)', 'Subsidy one by one (€)'),
      of('jointSubsidyCents', 'money', 'Subsidie samen (€)', 'Subsidy together (€)'),
      of('gainCents', 'money', 'Samen meer (€)', 'Gained together (€)'),
      of('subsidyFrom', 'term', 'Subsidie volgens', 'Subsidy from', SUBSIDY_TERMS),
    ],
    rows,
  };
}

export function summarySheet(rows: readonly ScenarioSummary[]): Sheet<ScenarioSummary> {
  const of = column<ScenarioSummary>;
  return {
    name: { nl: "Scenario's", en: 'Scenarios' },
    columns: [
      of('rule', 'term', 'Regel', 'Rule', RULE_TERMS),
      of('charge', 'term', 'Budget betaalt', 'Budget pays', CHARGE_TERMS),
      of('candidates', 'term', 'Uit', 'Out of', CANDIDATE_TERMS),
      of('budgetCents', 'money', 'Budget (€)', 'Budget (€)'),
      of('projects', 'count', 'Projecten', 'Projects'),
      of('locations', 'count', 'Vestigingen', 'Locations'),
      of('pupils', 'count', 'Leerlingen', 'Pupils'),
      of('mostPupils', 'count', 'Leerlingen, hoogstens', 'Pupils, at most'),
      of('costCents', 'money', 'Aanlegkosten (€)', 'Cost of building (€)'),
      of('subsidyCents', 'money', 'Subsidie, schatting (€)', 'Subsidy, estimate (€)'),
      of('ownShareCents', 'money', 'Eigen deel (€)', 'Own share (€)'),
      of('chargedCents', 'money', 'Uit budget (€)', 'From budget (€)'),
      of('remainingCents', 'money', 'Over (€)', 'Remaining (€)'),
      of('leftLocations', 'count', 'Niet gedekt', 'Not covered'),
      of('leftPupils', 'count', 'Leerlingen daar', 'Pupils there'),
      of('leftCostCents', 'money', 'Kosten daar (€)', 'Cost there (€)'),
      of('withoutCost', 'count', 'Zonder bekende kosten', 'Without a known cost'),
    ],
    rows,
  };
}

export function choiceSheet(rows: readonly ScenarioChoice[]): Sheet<ScenarioChoice> {
  const of = column<ScenarioChoice>;
  return {
    name: { nl: 'Keuzes', en: 'Choices' },
    columns: [
      of('rule', 'term', 'Regel', 'Rule', RULE_TERMS),
      of('rank', 'count', 'Volgorde', 'Order'),
      of('kind', 'term', 'Soort', 'Kind', PROJECT_TERMS),
      of('locationIds', 'text', 'Vestigingen', 'Locations'),
      of('names', 'text', 'Namen', 'Names'),
      of('pupils', 'count', 'Leerlingen', 'Pupils'),
      of('shortfallShare', 'percent', 'Tekort (%)', 'Shortfall (%)'),
      of('costCents', 'money', 'Aanlegkosten (€)', 'Cost of building (€)'),
      of('subsidyCents', 'money', 'Subsidie, schatting (€)', 'Subsidy, estimate (€)'),
      of('ownShareCents', 'money', 'Eigen deel (€)', 'Own share (€)'),
      of('costFrom', 'term', 'Kosten volgens', 'Cost from', COST_TERMS),
      {
        header: { nl: 'Subsidie volgens', en: 'Subsidy from' },
        kind: 'term',
        value: ({ subsidyFrom }) => subsidyFrom ?? null,
        terms: SUBSIDY_TERMS,
      },
      of('chargedCents', 'money', 'Uit budget (€)', 'From budget (€)'),
      of('remainingCents', 'money', 'Daarna over (€)', 'Left after it (€)'),
    ],
    rows,
  };
}
