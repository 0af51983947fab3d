// An operator's say that goes before the verdict: which, by whom, why, until when. The computed
// verdict stays where it is, above.
import type { LocationView } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { VerdictBadge } from './verdict-badge.tsx';

interface OverruleNoteProps {
  readonly overrule: NonNullable<LocationView['overrule']>;
}

export function OverruleNote({ overrule }: OverruleNoteProps) {
  const { texts, formats } = useLanguage();
  const { outcome, author, createdAt, endsAt, reason } = overrule;
  return (
    <section className="card" aria-labelledby="overrule">
      <h2 id="overrule">{texts.location.overrule}</h2>
      <VerdictBadge outcome={outcome} isMaatwerk={outcome === 'below'} />
      <p>{reason}</p>
      <p className="subtle">
        {texts.location.overruled(author.name, formats.date(createdAt), formats.date(endsAt))}
      </p>
    </section>
  );
}
