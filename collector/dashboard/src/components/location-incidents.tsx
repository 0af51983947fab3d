// The alerts of one location, above all else; nothing where there are none. That they cannot be
// fetched is said on the page of alerts.
import { useQuery } from '@tanstack/react-query';
import { locationIncidentsQuery } from '../api/queries.ts';
import { useLanguage } from '../i18n/language.tsx';
import { INCIDENTS_PATH } from '../lib/routes.ts';
import { Link } from './link.tsx';

export function LocationIncidents({ locationId }: { readonly locationId: string }) {
  const { texts, formats, language } = useLanguage();
  const { data: incidents = [] } = useQuery(locationIncidentsQuery(locationId));
  if (incidents.length === 0) return null;
  return (
    <section className="notice location-incidents" aria-labelledby="incidents">
      <h2 id="incidents" className="notice__title">
        <Link to={INCIDENTS_PATH}>{texts.incidents.title}</Link>
      </h2>
      <ul>
        {incidents.map(({ id, text, openedAt, acknowledgements }) => (
          <li key={id}>
            {text[language]}{' '}
            <span className="subtle">
              {texts.incidents.state(
                formats.date(openedAt),
                acknowledgements.map(({ by }) => by.name).join(', ') || texts.incidents.nobody,
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
