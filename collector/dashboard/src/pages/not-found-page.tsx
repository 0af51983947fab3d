// An address without a page, or a location that does not exist for this person.
import { Link } from '../components/link.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { LOCATIONS_PATH } from '../lib/routes.ts';
import { useTitle } from '../lib/use-title.ts';

interface NotFoundPageProps {
  /** The location that was asked for. */
  readonly locationId?: string;
}

export function NotFoundPage({ locationId }: NotFoundPageProps) {
  const { texts } = useLanguage();
  useTitle(texts.notFound.title);
  return (
    <div className="prose">
      <h1>{texts.notFound.title}</h1>
      <p>{locationId === undefined ? texts.notFound.text : texts.notFound.location(locationId)}</p>
      <p>
        <Link to={LOCATIONS_PATH}>{texts.notFound.home}</Link>
      </p>
    </div>
  );
}
