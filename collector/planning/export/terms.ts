// The fixed words of the planning's rows, as people say them.
import type { Outcome } from '#shared/model/verdict.ts';
import type { Text } from '#shared/wire/api.ts';
import type {
  Candidates,
  Charge,
  FunnelStepId,
  PlanningRow,
  ScenarioRule,
} from '#shared/wire/planning.ts';
import type { LineKind } from '../planning-input.ts';

type Terms<Word extends string> = Readonly<Record<Word, Text>>;

export const OUTCOME_TERMS: Terms<Outcome> = {
  meets: { nl: 'voldoet aan de norm', en: 'meets the norm' },
  below: { nl: 'onder de norm', en: 'below the norm' },
  intermittent: { nl: 'wisselend', en: 'intermittent' },
  inconclusive: { nl: 'nog onvoldoende metingen', en: 'not enough tests yet' },
  unfit: { nl: 'meetopstelling ongeschikt', en: 'set-up unfit' },
  no_data: { nl: 'geen gegevens', en: 'no data' },
};

export const DOSSIER_TERMS: Terms<NonNullable<PlanningRow['dossierState']>> = {
  signalled: { nl: 'gesignaleerd', en: 'signalled' },
  asked: { nl: 'gevraagd', en: 'asked' },
  suffices: { nl: 'huidige lijn volstaat', en: 'present line suffices' },
  too_costly: { nl: 'kosten wegen niet op', en: 'not worth the cost' },
  wants_better: { nl: 'wil beter', en: 'wants better' },
  offer: { nl: 'offerte', en: 'offer' },
  maatwerk: { nl: 'maatwerk', en: 'maatwerk' },
  ordered: { nl: 'besteld', en: 'ordered' },
  delivered: { nl: 'opgeleverd', en: 'delivered' },
  closed: { nl: 'gesloten', en: 'closed' },
  set_aside: { nl: 'terzijde gelegd', en: 'set aside' },
};

export const LINE_TERMS: Terms<LineKind> = {
  copper: { nl: 'koper', en: 'copper' },
  cable: { nl: 'kabel', en: 'cable' },
  fibre: { nl: 'glasvezel', en: 'fibre' },
  fixed_wireless: { nl: 'vaste draadloze verbinding', en: 'fixed wireless' },
  mobile: { nl: 'mobiel', en: 'mobile' },
  satellite: { nl: 'satelliet', en: 'satellite' },
  unknown: { nl: 'onbekend', en: 'unknown' },
};

export const COST_TERMS: Terms<'offer' | 'assumed'> = {
  offer: { nl: 'offerte', en: 'offer' },
  assumed: { nl: 'aanname', en: 'assumption' },
};

export const FUNNEL_TERMS: Terms<FunnelStepId> = {
  locations: { nl: 'vestigingen', en: 'locations' },
  measured: { nl: 'gemeten', en: 'measured' },
  judged: { nl: 'beoordeeld', en: 'judged' },
  below: { nl: 'onder de norm', en: 'below the norm' },
  asked: { nl: 'gevraagd', en: 'asked' },
  suffices: { nl: 'huidige lijn volstaat', en: 'present line suffices' },
  too_costly: { nl: 'kosten wegen niet op', en: 'not worth the cost' },
  wants_better: { nl: 'wil beter', en: 'wants better' },
  no_answer: { nl: 'nog geen antwoord', en: 'no answer yet' },
  offer: { nl: 'offerte', en: 'offer' },
  subsidised: { nl: 'besteld met subsidie (schatting)', en: 'ordered with subsidy (estimate)' },
  maatwerk: { nl: 'maatwerk', en: 'maatwerk' },
  ordered: { nl: 'besteld', en: 'ordered' },
  delivered: { nl: 'opgeleverd', en: 'delivered' },
  set_aside: { nl: 'terzijde gelegd', en: 'set aside' },
};

export const RULE_TERMS: Terms<ScenarioRule> = {
  pupils_per_euro: { nl: 'meeste leerlingen per euro', en: 'most pupils per euro' },
  worst_first: { nl: 'slechtste eerst', en: 'worst first' },
  joint_builds_first: { nl: 'gezamenlijke aanleg eerst', en: 'joint builds first' },
};

export const CHARGE_TERMS: Terms<Charge> = {
  cost: { nl: 'hele aanleg', en: 'whole cost' },
  subsidy: { nl: 'subsidie', en: 'subsidy' },
  own_share: { nl: 'eigen deel', en: 'own share' },
};

export const CANDIDATE_TERMS: Terms<Candidates> = {
  wants_better: { nl: 'wie beter wil', en: 'those that want better' },
  open: { nl: 'alle open gevallen', en: 'all open cases' },
};

export const PROJECT_TERMS: Terms<'single' | 'joint'> = {
  single: { nl: 'afzonderlijk', en: 'by itself' },
  joint: { nl: 'gezamenlijk', en: 'joint' },
};
