// The fixed words of the planning's rows, as people say them.
import type { Text } from '#shared/wire/api.ts';
import type {
  Candidates,
  Charge,
  FunnelStepId,
  ScenarioRule,
  SubsidyFrom,
} from '#shared/wire/planning.ts';
import { OUTCOME_TEXTS, STATE_TEXTS } from '../../dossiers/state-texts.ts';
import type { PlanningState } from '../planning-input.ts';

type Terms<Word extends string> = Readonly<Record<Word, Text>>;

export const DOSSIER_TERMS: Terms<PlanningState> = {
  ...STATE_TEXTS,
  set_aside: { nl: 'opzijgelegd', en: 'set aside' },
};

export const COST_TERMS: Terms<'offer' | 'assumed'> = {
  offer: { nl: 'offerte', en: 'offer' },
  assumed: { nl: 'aanname', en: 'assumption' },
};

export const SUBSIDY_TERMS: Terms<SubsidyFrom> = {
  known: { nl: 'bekende lijn', en: 'known line' },
  assumed: { nl: 'aanname: huidige lijn onbekend', en: 'assumption: present line unknown' },
};

export const FUNNEL_TERMS: Terms<FunnelStepId> = {
  ...DOSSIER_TERMS,
  locations: { nl: 'vestigingen', en: 'locations' },
  measured: { nl: 'gemeten', en: 'measured' },
  judged: { nl: 'beoordeeld', en: 'judged' },
  below: OUTCOME_TEXTS.below,
  no_answer: { nl: 'nog geen antwoord', en: 'no answer yet' },
  subsidised: { nl: 'besteld met subsidie (schatting)', en: 'ordered with subsidy (estimate)' },
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
