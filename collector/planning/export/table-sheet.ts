// The planning table's columns.
import type { PlanningRow } from '#shared/wire/planning.ts';
import { LINE_KIND_TEXTS } from '../../dossiers/line-words.ts';
import { OUTCOME_TEXTS } from '../../dossiers/state-texts.ts';
import { column as of } from './column.ts';
import type { Column, Sheet } from './sheet.ts';
import { COST_TERMS, DOSSIER_TERMS, SUBSIDY_TERMS } from './terms.ts';

const column = of<PlanningRow>;

const WHERE: readonly Column<PlanningRow>[] = [
  column('locationId', 'text', 'Vestiging', 'Location'),
  column('name', 'text', 'Naam', 'Name'),
  column('boardId', 'text', 'Bevoegd gezag', 'Board number'),
  column('board', 'text', 'Naam bevoegd gezag', 'Board'),
  column('city', 'text', 'Plaats', 'City'),
  column('municipality', 'text', 'Gemeente', 'Municipality'),
  column('province', 'text', 'Provincie', 'Province'),
  column('pupils', 'count', 'Leerlingen', 'Pupils'),
];

const LINE: readonly Column<PlanningRow>[] = [
  column('verdict', 'term', 'Oordeel', 'Verdict', OUTCOME_TEXTS),
  column('measuredVerdict', 'term', 'Gemeten oordeel', 'Measured verdict', OUTCOME_TEXTS),
  column('overruledUntil', 'date', 'Anders beoordeeld tot', 'Overruled until'),
  column('judgedAt', 'date', 'Beoordeeld op', 'Judged on'),
  column('downloadPassShare', 'share', 'Down: aandeel geslaagd', 'Down: share passed'),
  column('downloadPassLow', 'share', 'Down: ondergrens', 'Down: lower bound'),
  column('downloadPassHigh', 'share', 'Down: bovengrens', 'Down: upper bound'),
  column('uploadPassShare', 'share', 'Up: aandeel geslaagd', 'Up: share passed'),
  column('uploadPassLow', 'share', 'Up: ondergrens', 'Up: lower bound'),
  column('uploadPassHigh', 'share', 'Up: bovengrens', 'Up: upper bound'),
  column('downloadMbps', 'decimal', 'Down (Mbit/s)', 'Down (Mbit/s)'),
  column('uploadMbps', 'decimal', 'Up (Mbit/s)', 'Up (Mbit/s)'),
  column('downloadShortfallMbps', 'decimal', 'Tekort down (Mbit/s)', 'Shortfall down (Mbit/s)'),
  column('downloadShortfallShare', 'percent', 'Tekort down (%)', 'Shortfall down (%)'),
  column('uploadShortfallMbps', 'decimal', 'Tekort up (Mbit/s)', 'Shortfall up (Mbit/s)'),
  column('uploadShortfallShare', 'percent', 'Tekort up (%)', 'Shortfall up (%)'),
  column(
    'downloadMbpsPerPupil',
    'decimal',
    'Down per leerling (Mbit/s)',
    'Down per pupil (Mbit/s)',
  ),
  column('lines', 'count', 'Lijnen', 'Lines'),
  column('lineKind', 'term', 'Huidige lijn', 'Present line', LINE_KIND_TEXTS),
  column('lineProvider', 'text', 'Aanbieder', 'Provider'),
  column('contractedDownloadMbps', 'decimal', 'Contract down (Mbit/s)', 'Contracted down (Mbit/s)'),
  column('contractedUploadMbps', 'decimal', 'Contract up (Mbit/s)', 'Contracted up (Mbit/s)'),
];

const CASE: readonly Column<PlanningRow>[] = [
  column('dossierState', 'term', 'Dossier', 'Dossier', DOSSIER_TERMS),
  column('dossierSince', 'date', 'Dossier sinds', 'Dossier since'),
  column('offers', 'count', 'Offertes', 'Offers'),
  column('offerProvider', 'text', 'Beste offerte van', 'Best offer from'),
  column('offerKind', 'term', 'Nieuwe lijn', 'New line', LINE_KIND_TEXTS),
  column('costFrom', 'term', 'Kosten volgens', 'Cost from', COST_TERMS),
  column('costCents', 'money', 'Aanlegkosten (€)', 'Cost of building (€)'),
  column('monthlyCents', 'money', 'Per maand (€)', 'Per month (€)'),
  column('subsidyCents', 'money', 'Subsidie, schatting (€)', 'Subsidy, estimate (€)'),
  column('subsidyFrom', 'term', 'Subsidie volgens', 'Subsidy from', SUBSIDY_TERMS),
  column('subsidyCalculation', 'text', 'Berekening subsidie', 'Calculation of the subsidy'),
  column('ownShareCents', 'money', 'Eigen deel (€)', 'Own share (€)'),
  column('costPerPupilCents', 'money', 'Kosten per leerling (€)', 'Cost per pupil (€)'),
  column('shortNeighbours', 'count', 'Buren met tekort', 'Neighbours that fall short'),
  column('nearestShortKm', 'decimal', 'Dichtstbijzijnde (km)', 'Nearest (km)'),
  column('shortNeighbourIds', 'text', 'Welke buren', 'Which neighbours'),
  column('jointBuildId', 'text', 'Gezamenlijke aanleg', 'Joint build'),
];

export function tableSheet(rows: readonly PlanningRow[]): Sheet<PlanningRow> {
  return {
    name: { nl: 'Planning', en: 'Planning' },
    columns: [...WHERE, ...LINE, ...CASE],
    rows,
  };
}
