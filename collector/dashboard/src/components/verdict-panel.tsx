// A location's verdict in a sentence, why, and what it rests on. Sentences come from the
// collector, which renders them from the reasons; nothing is judged here.
import { Fragment } from 'react';
import type { VerdictView } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { VerdictBadge } from './verdict-badge.tsx';

export function VerdictPanel({ verdict }: { readonly verdict: VerdictView }) {
  const { language, texts } = useLanguage();
  return (
    <section
      className="card verdict-panel"
      data-outcome={verdict.outcome}
      aria-labelledby="verdict"
    >
      <h2 id="verdict" className="visually-hidden">
        {texts.location.verdict}
      </h2>
      <VerdictBadge outcome={verdict.outcome} isMaatwerk={verdict.maatwerk} />
      <p className="verdict-panel__sentence">{verdict.text[language]}</p>
      <div className="verdict-panel__columns">
        <div>
          <h3>{texts.location.reasons}</h3>
          <ul className="reasons">
            {verdict.reasons.map((reason, position) => (
              // Reasons have no identity, and are always replaced together.
              // biome-ignore lint/suspicious/noArrayIndexKey: see above
              <li key={position}>{reason.text[language]}</li>
            ))}
          </ul>
        </div>
        <Evidence verdict={verdict} />
      </div>
    </section>
  );
}

function Evidence({ verdict }: { readonly verdict: VerdictView }) {
  const { texts, formats } = useLanguage();
  const { evidence } = verdict;
  const excluded = Object.entries(evidence.excluded).sort(([, a], [, b]) => b - a);
  return (
    <div>
      <h3>{texts.location.evidence}</h3>
      <p className="subtle">
        {texts.location.evidenceWindow(formats.date(evidence.from), formats.date(evidence.to))}
      </p>
      <dl className="facts">
        <dt>{texts.location.tests}</dt>
        <dd>{formats.integer(evidence.tests)}</dd>
        <dt>{texts.location.capacityTests}</dt>
        <dd>{formats.integer(evidence.capacityIds.length)}</dd>
        <dt>{texts.location.useTests}</dt>
        <dd>{formats.integer(evidence.useIds.length)}</dd>
        {/* No sum: a test with two causes is in both. */}
        <dt>{texts.location.excluded}</dt>
        <dd>{excluded.length === 0 ? formats.integer(0) : ''}</dd>
        {excluded.map(([why, count]) => (
          <Fragment key={why}>
            <dt className="facts__part">
              <Exclusion why={why} />
            </dt>
            <dd>{formats.integer(count)}</dd>
          </Fragment>
        ))}
      </dl>
      <p className="subtle">
        {texts.location.judged(formats.dateTime(verdict.judgedAt), verdict.normVersion)}
      </p>
    </div>
  );
}

/** A flag, a failure, or a rule's own name for it. */
function Exclusion({ why }: { readonly why: string }) {
  const { texts } = useLanguage();
  const flag = textOf(texts.flags, why)?.name;
  return <>{flag ?? textOf(texts.failures, why) ?? textOf(texts.exclusions, why) ?? why}</>;
}

/** A newer collector may know causes that these pages do not. */
function textOf<T>(known: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(known, key) ? known[key] : undefined;
}
