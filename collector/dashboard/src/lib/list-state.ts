// What the list of locations shows, as an address says it: `?q=peel&verdict=below&sort=-download`.
// Pure. What an address does not say, or says wrongly, is the default.
import type { Outcome } from '#shared/model/verdict.ts';

/** Worst first: what needs a person comes on top. */
export const VERDICT_ORDER: readonly Outcome[] = [
  'below',
  'intermittent',
  'unfit',
  'no_data',
  'inconclusive',
  'meets',
];

export const SORT_KEYS = ['name', 'board', 'verdict', 'download', 'upload', 'contact'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

export interface ListState {
  readonly text: string;
  /** Empty: all. */
  readonly verdicts: readonly Outcome[];
  readonly sort: Sort;
  /** From 1. */
  readonly page: number;
}

export const DEFAULT_STATE: ListState = {
  text: '',
  verdicts: [],
  sort: { key: 'verdict', descending: false },
  page: 1,
};

export function parseListState(search: string): ListState {
  const query = new URLSearchParams(search);
  const verdicts = (query.get('verdict') ?? '').split(',');
  const page = Number(query.get('page') ?? '1');
  return {
    text: query.get('q') ?? '',
    verdicts: VERDICT_ORDER.filter((outcome) => verdicts.includes(outcome)),
    sort: parseSort(query.get('sort')),
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** The shortest search part that says it, '' for the default. */
export function formatListState(state: ListState): string {
  const query = new URLSearchParams();
  if (state.text !== '') query.set('q', state.text);
  if (state.verdicts.length > 0) query.set('verdict', state.verdicts.join(','));
  const sort = `${state.sort.descending ? '-' : ''}${state.sort.key}`;
  if (sort !== DEFAULT_STATE.sort.key) query.set('sort', sort);
  if (state.page !== 1) query.set('page', String(state.page));
  // A comma is plain in a query (RFC 3986 §3.4); only URLSearchParams escapes it.
  const text = query.toString().replaceAll('%2C', ',');
  return text === '' ? '' : `?${text}`;
}

/** A change of what is selected starts again at its first page. */
export function withFilter(state: ListState, change: Partial<Omit<ListState, 'page'>>): ListState {
  return { ...state, ...change, page: 1 };
}

export function withVerdictToggled(state: ListState, outcome: Outcome): ListState {
  const isOn = state.verdicts.includes(outcome);
  const verdicts = VERDICT_ORDER.filter((known) =>
    known === outcome ? !isOn : state.verdicts.includes(known),
  );
  return withFilter(state, { verdicts });
}

/** The same column again turns the order round. */
export function withSort(state: ListState, key: SortKey): ListState {
  const descending = state.sort.key === key ? !state.sort.descending : false;
  return withFilter(state, { sort: { key, descending } });
}

function parseSort(text: string | null): Sort {
  const descending = text?.startsWith('-') === true;
  const name = descending ? text?.slice(1) : text;
  const key = SORT_KEYS.find((known) => known === name);
  return key === undefined ? DEFAULT_STATE.sort : { key, descending };
}
