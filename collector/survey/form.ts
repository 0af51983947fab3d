// The survey's form: fields as a browser sends them → a school's answer, or what is wrong with
// which field. Pure.
import type { SchoolAnswer, SchoolView } from '#shared/model/dossier.ts';

/** As they were sent, to be shown again; absent fields are empty. */
export interface Fields {
  readonly view: string;
  readonly why: string;
  readonly whyText: string;
  readonly costOneOff: boolean;
  readonly costMonthly: boolean;
  readonly pupils: string;
  readonly buildings: string;
  readonly contactName: string;
}

export type FaultCode =
  | 'choose_view'
  | 'choose_why'
  | 'say_why'
  | 'choose_cost'
  | 'pupils_number'
  | 'buildings_number'
  | 'too_long';

export interface Fault {
  /** Id of the control that it is about. */
  readonly field: FieldId;
  readonly code: FaultCode;
}

export type FieldId =
  | 'view-suffices'
  | 'why-few_pupils'
  | 'whyText'
  | 'cost-one_off'
  | 'pupils'
  | 'buildings'
  | 'contactName';

export type Parsed =
  | { readonly answer: SchoolAnswer; readonly contactName: string | null }
  | { readonly faults: readonly Fault[] };

/** The limits of the model (shared/model/dossier.ts). */
export const LIMITS = { whyText: 500, contactName: 100, pupils: 20_000, buildings: 100 } as const;

export function fieldsOf(sent: URLSearchParams): Fields {
  // A line end counts as two characters on the way, as one in the page's own limit.
  const get = (name: string) => (sent.get(name) ?? '').replaceAll('\r\n', '\n').trim();
  return {
    view: get('view'),
    why: get('why'),
    whyText: get('whyText'),
    costOneOff: sent.has('costOneOff'),
    costMonthly: sent.has('costMonthly'),
    pupils: get('pupils'),
    buildings: get('buildings'),
    contactName: get('contactName'),
  };
}

/** The form of an answer that was given before. */
export function fieldsOfAnswer(answer: SchoolAnswer | null, contactName: string | null): Fields {
  const view = answer?.view;
  const cost = view?.view === 'too_costly' ? view.cost : undefined;
  return {
    view: view?.view ?? '',
    why: view?.view === 'suffices' ? view.why : '',
    whyText: view?.view === 'suffices' ? (view.whyText ?? '') : '',
    costOneOff: cost === 'one_off' || cost === 'both',
    costMonthly: cost === 'monthly' || cost === 'both',
    pupils: answer?.pupils === undefined ? '' : String(answer.pupils),
    buildings: answer?.buildings === undefined ? '' : String(answer.buildings),
    contactName: contactName ?? '',
  };
}

export function parseFields(fields: Fields): Parsed {
  const view = viewOf(fields);
  const pupils = wholeNumber(fields.pupils, 0, LIMITS.pupils);
  const buildings = wholeNumber(fields.buildings, 1, LIMITS.buildings);
  const faults: Fault[] = [
    ...('code' in view ? [view] : []),
    ...(pupils === 'wrong' ? [{ field: 'pupils', code: 'pupils_number' } as const] : []),
    ...(buildings === 'wrong' ? [{ field: 'buildings', code: 'buildings_number' } as const] : []),
    ...(fields.contactName.length > LIMITS.contactName
      ? [{ field: 'contactName', code: 'too_long' } as const]
      : []),
  ];
  if ('code' in view || faults.length > 0) return { faults };
  return {
    answer: {
      view,
      ...(typeof pupils === 'number' ? { pupils } : {}),
      ...(typeof buildings === 'number' ? { buildings } : {}),
    },
    contactName: fields.contactName === '' ? null : fields.contactName,
  };
}

/** What belongs to another choice is left out: it was filled in before the choice was changed. */
function viewOf(fields: Fields): SchoolView | Fault {
  switch (fields.view) {
    case 'wants_better':
      return { view: 'wants_better' };
    case 'too_costly':
      return costOf(fields);
    case 'suffices':
      return whyOf(fields);
    default:
      return { field: 'view-suffices', code: 'choose_view' };
  }
}

function costOf({ costOneOff, costMonthly }: Fields): SchoolView | Fault {
  if (!costOneOff && !costMonthly) return { field: 'cost-one_off', code: 'choose_cost' };
  const one = costOneOff ? 'one_off' : 'monthly';
  return { view: 'too_costly', cost: costOneOff && costMonthly ? 'both' : one };
}

function whyOf({ why, whyText }: Fields): SchoolView | Fault {
  if (why === 'few_pupils' || why === 'satisfied') return { view: 'suffices', why };
  if (why !== 'other') return { field: 'why-few_pupils', code: 'choose_why' };
  if (whyText === '') return { field: 'whyText', code: 'say_why' };
  return whyText.length > LIMITS.whyText
    ? { field: 'whyText', code: 'too_long' }
    : { view: 'suffices', why, whyText };
}

/** `1.234` is a number as people here write it. */
function wholeNumber(text: string, min: number, max: number): number | undefined | 'wrong' {
  if (text === '') return undefined;
  if (!/^(\d{1,5}|\d{1,2}\.\d{3})$/.test(text)) return 'wrong';
  const value = Number(text.replace('.', ''));
  return value >= min && value <= max ? value : 'wrong';
}
