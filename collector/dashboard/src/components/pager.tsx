// Steps through the pages of a long table.
import { useLanguage } from '../i18n/language.tsx';

interface PagerProps {
  readonly page: number;
  readonly pages: number;
  readonly onPage: (page: number) => void;
}

export function Pager({ page, pages, onPage }: PagerProps) {
  const { texts, formats } = useLanguage();
  if (pages <= 1) return null;
  return (
    <nav className="pager" aria-label={texts.pages.label}>
      <button
        type="button"
        className="button"
        disabled={page <= 1}
        onClick={() => onPage(page - 1)}
      >
        {texts.pages.previous}
      </button>
      <span aria-live="polite">
        {texts.pages.current(formats.integer(page), formats.integer(pages))}
      </span>
      <button
        type="button"
        className="button"
        disabled={page >= pages}
        onClick={() => onPage(page + 1)}
      >
        {texts.pages.next}
      </button>
    </nav>
  );
}
