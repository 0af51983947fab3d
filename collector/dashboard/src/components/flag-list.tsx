// The quality flags of a test, each with its meaning.
import type { Flag } from '#shared/model/measurement.ts';
import { useLanguage } from '../i18n/language.tsx';

interface FlagListProps {
  readonly flags: readonly Flag[];
  /** `name`: the meaning on hover only, where the page explains it elsewhere. */
  readonly show: 'name' | 'meaning';
}

export function FlagList({ flags, show }: FlagListProps) {
  const { texts } = useLanguage();
  if (flags.length === 0) return <span className="subtle">{texts.list.noFlags}</span>;
  return (
    <ul className="flag-list">
      {flags.map((flag) => (
        <li key={flag} title={show === 'name' ? texts.flags[flag].meaning : undefined}>
          <span className="flag">{texts.flags[flag].name}</span>
          {show === 'meaning' && (
            <span className="flag-list__meaning"> {texts.flags[flag].meaning}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
