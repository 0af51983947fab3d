// The filters of the list: a verdict's count is also its filter, beside a search field.
import type { Outcome } from '#shared/model/verdict.ts';
import { useLanguage } from '../i18n/language.tsx';
import {
  type ListState,
  VERDICT_ORDER,
  withFilter,
  withVerdictToggled,
} from '../lib/list-state.ts';
import { TextField } from './text-field.tsx';
import { VerdictIcon } from './verdict-badge.tsx';

interface LocationFiltersProps {
  readonly state: ListState;
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly onChange: (next: ListState) => void;
  readonly onType: (text: string) => void;
}

export function LocationFilters({ state, counts, onChange, onType }: LocationFiltersProps) {
  const { texts, formats } = useLanguage();
  const all = VERDICT_ORDER.reduce((sum, outcome) => sum + counts[outcome], 0);
  return (
    <search className="filters">
      <fieldset className="verdict-filter">
        <legend className="visually-hidden">{texts.list.verdictFilter}</legend>
        <button
          type="button"
          aria-pressed={state.verdicts.length === 0}
          onClick={() => onChange(withFilter(state, { verdicts: [] }))}
        >
          <span className="verdict-filter__count">{formats.integer(all)}</span>
          <span className="verdict-filter__name">{texts.list.all}</span>
        </button>
        {VERDICT_ORDER.map((outcome) => (
          <button
            key={outcome}
            type="button"
            data-outcome={outcome}
            aria-pressed={state.verdicts.includes(outcome)}
            onClick={() => onChange(withVerdictToggled(state, outcome))}
          >
            <span className="verdict-filter__count">
              <VerdictIcon outcome={outcome} />
              {formats.integer(counts[outcome])}
            </span>
            <span className="verdict-filter__name">{texts.verdicts[outcome]}</span>
          </button>
        ))}
      </fieldset>
      <TextField
        label={texts.list.search}
        hint={texts.list.searchHint}
        type="search"
        value={state.text}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onType(event.currentTarget.value)}
      />
    </search>
  );
}
