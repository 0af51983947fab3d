// Says that data is on its way; quiet for a moment, as most data comes sooner (see notice.css).
import { useLanguage } from '../i18n/language.tsx';

export function Loading() {
  const { texts } = useLanguage();
  return (
    <p className="loading" role="status">
      {texts.app.loading}
    </p>
  );
}
