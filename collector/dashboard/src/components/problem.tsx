// What went wrong, in the reader's language where the code is known, with the collector's own
// words beside it where they say more, and a way on.
import { ApiError } from '../api/api-error.ts';
import { useLanguage } from '../i18n/language.tsx';

interface ProblemProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** Said at once by a screen reader. */
export function Problem({ error, onRetry }: ProblemProps) {
  const { texts } = useLanguage();
  const code = error instanceof ApiError ? error.code : '';
  const known = texts.problem.codes[code];
  // The collector writes English; a known code without faults says the same in the reader's own.
  const detail =
    error instanceof ApiError && (known === undefined || error.faults.length > 0)
      ? error
      : undefined;
  return (
    <div className="notice notice--problem" role="alert">
      <p className="notice__title">{texts.problem.title}</p>
      <p>{known ?? texts.problem.unknown}</p>
      {detail !== undefined && detail.faults.length === 0 && (
        <p>
          {texts.problem.detail} <span lang="en">{detail.message}</span>
        </p>
      )}
      {detail !== undefined && detail.faults.length > 0 && (
        <>
          <p>{texts.problem.faults}:</p>
          <ul lang="en">
            {detail.faults.map((fault) => (
              <li key={fault}>{fault}</li>
            ))}
          </ul>
        </>
      )}
      {onRetry !== undefined && (
        <button type="button" className="button" onClick={onRetry}>
          {texts.app.retry}
        </button>
      )}
    </div>
  );
}
