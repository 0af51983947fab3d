// A verdict at a glance: its own shape, its word, its colour, in that order of weight.
import type { Outcome } from '#shared/model/verdict.ts';
import { useLanguage } from '../i18n/language.tsx';

/** In a box of 16 × 16; each silhouette differs, so that colour is never needed. */
const SHAPES: Readonly<Record<Outcome, string>> = {
  meets: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm3.2 4.2L7 9.4 4.8 7.2 3.6 8.4 7 11.8l5.4-5.4Z',
  below: 'M1 2.5h14L8 15ZM7.1 5v4.2h1.8V5Zm0 5.2V12h1.8v-1.8Z',
  intermittent:
    'M0 9.2 3.5 3h1.6l3.4 6.6L11 5h1.8L16 10.8l-1.7 1-2.4-4.2L9.4 13H7.6L4.3 6.5 1.7 10.8Z',
  inconclusive: 'M3 1h10v3.5L9.8 8l3.2 3.5V15H3v-3.5L6.2 8 3 4.5Zm2 2v.7L8 7l3-3.3V3Z',
  unfit:
    'M1 1h14v14H1Zm3.4 4.6L6.8 8l-2.4 2.4 1.2 1.2L8 9.2l2.4 2.4 1.2-1.2L9.2 8l2.4-2.4-1.2-1.2L8 6.8 5.6 4.4Z',
  no_data:
    'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm0 1.8A5.2 5.2 0 1 0 8 13.2 5.2 5.2 0 0 0 8 2.8ZM4.5 7.1h7v1.8h-7Z',
};

export function VerdictIcon({ outcome }: { readonly outcome: Outcome }) {
  return (
    <svg className="verdict-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={SHAPES[outcome]} fillRule="evenodd" fill="currentColor" />
    </svg>
  );
}

interface VerdictBadgeProps {
  readonly outcome: Outcome;
  readonly isMaatwerk: boolean;
}

export function VerdictBadge({ outcome, isMaatwerk }: VerdictBadgeProps) {
  const { texts } = useLanguage();
  return (
    <span className="verdict-marks">
      <span className="verdict-badge" data-outcome={outcome}>
        <VerdictIcon outcome={outcome} />
        {texts.verdicts[outcome]}
      </span>
      {isMaatwerk && (
        <span className="maatwerk-mark" title={texts.maatwerkMeaning}>
          {texts.maatwerk}
        </span>
      )}
    </span>
  );
}
