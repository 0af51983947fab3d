// The lines of a location and what is known of each. With several, each has its own verdict here;
// with one, it is the location's, which the page has at its top.
import type { LineView } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { VerdictBadge } from './verdict-badge.tsx';

export function LineList({ lines }: { readonly lines: readonly LineView[] }) {
  const isOneOfSeveral = lines.filter(isRunning).length > 1;
  return (
    <ul className="device-list">
      {lines.map((line) => (
        <li
          key={line.id}
          className="card line-card"
          {...(isOneOfSeveral && isRunning(line) ? { 'data-outcome': line.verdict.outcome } : {})}
        >
          <Line line={line} hasOwnVerdict={isOneOfSeveral && isRunning(line)} />
        </li>
      ))}
    </ul>
  );
}

export function isRunning({ endedAt }: Pick<LineView, 'endedAt'>): boolean {
  return endedAt === null;
}

interface LineProps {
  readonly line: LineView;
  readonly hasOwnVerdict: boolean;
}

function Line({ line, hasOwnVerdict }: LineProps) {
  const { language, texts, formats } = useLanguage();
  const { verdict, endedAt } = line;
  const role = hasOwnVerdict ? texts.lines.roles[line.role] : undefined;
  const mark = endedAt === null ? role : texts.lines.ended(formats.date(endedAt));
  return (
    <>
      <h3 className="device__name">
        {line.name} {mark !== undefined && <span className="connection-mark">{mark}</span>}
        {hasOwnVerdict && <VerdictBadge outcome={verdict.outcome} isMaatwerk={false} />}
      </h3>
      {hasOwnVerdict && <p className="line-card__sentence">{verdict.reasons[0]?.text[language]}</p>}
      <dl className="facts facts--grid">
        <div>
          <dt>{texts.lines.kind}</dt>
          <dd>{texts.lines.kinds[line.kind]}</dd>
        </div>
        <div>
          <dt>{texts.lines.provider}</dt>
          <dd>{line.provider ?? texts.lines.unknown}</dd>
        </div>
        <div>
          <dt>{texts.lines.contracted}</dt>
          <dd>
            <Contracted line={line} />
          </dd>
        </div>
      </dl>
    </>
  );
}

function Contracted({ line }: { readonly line: LineView }) {
  const { texts, formats } = useLanguage();
  const { contractedDownMbps: down, contractedUpMbps: up } = line;
  if (down === undefined && up === undefined) return <>{texts.lines.unknown}</>;
  const text = (value: number | undefined) =>
    value === undefined ? texts.lines.unknown : formats.norm(value);
  return <>{texts.lines.contractedText(text(down), text(up))}</>;
}
