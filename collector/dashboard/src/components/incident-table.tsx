// One row per incident. Its sentences come from the collector.
import type { IncidentView, Person } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { locationPath } from '../lib/routes.ts';
import { useNow } from '../lib/use-now.ts';
import { Acknowledge } from './acknowledge.tsx';
import { type Column, DataTable } from './data-table.tsx';
import { Link } from './link.tsx';
import { RelativeTime } from './time-text.tsx';

/** The mail and the API name more. */
const MOST_NAMED = 5;

interface IncidentTableProps {
  readonly incidents: readonly IncidentView[];
  readonly person: Person;
}

export function IncidentTable({ incidents, person }: IncidentTableProps) {
  const { texts } = useLanguage();
  const now = useNow();
  const { columns } = texts.incidents;
  const all: Column<IncidentView>[] = [
    { key: 'what', header: columns.what, cell: (incident) => <What incident={incident} /> },
    {
      key: 'where',
      header: columns.where,
      isWide: true,
      cell: (incident) => <Where incident={incident} />,
    },
    {
      key: 'since',
      header: columns.since,
      cell: (incident) => <Since incident={incident} now={now} />,
    },
    {
      key: 'seen',
      header: columns.seen,
      isWide: true,
      cell: (incident) => <Seen incident={incident} person={person} />,
    },
  ];
  return (
    <DataTable
      caption={texts.incidents.caption}
      columns={all}
      rows={incidents}
      rowKey={({ id }) => id}
    />
  );
}

function What({ incident: { text } }: { readonly incident: IncidentView }) {
  const { language } = useLanguage();
  return <p className="incident-what">{text[language]}</p>;
}

function Where({ incident: { members, elsewhere } }: { readonly incident: IncidentView }) {
  const { texts, formats, language } = useLanguage();
  const named = members.slice(0, MOST_NAMED);
  const more = members.length - named.length;
  return (
    <ul className="plain-list incident-where">
      {named.map(({ locationId, name, since, detail, text }) => (
        <li key={`${locationId} ${since} ${text.en}`}>
          {locationId === null ? (
            String(detail.server ?? '')
          ) : (
            <Link to={locationPath(locationId)}>{name === '' ? locationId : name}</Link>
          )}
          {text[language] !== '' && <span className="subtle">{text[language]}</span>}
        </li>
      ))}
      {more > 0 && <li>{texts.incidents.more(formats.integer(more))}</li>}
      {elsewhere > 0 && <li>{texts.incidents.elsewhere(formats.integer(elsewhere))}</li>}
    </ul>
  );
}

interface SinceProps {
  readonly incident: IncidentView;
  readonly now: number;
}

function Since({ incident: { openedAt, closedAt }, now }: SinceProps) {
  const { texts, formats } = useLanguage();
  return (
    <>
      <RelativeTime iso={openedAt} now={now} />
      {closedAt !== null && (
        <p className="subtle incident-over">{texts.incidents.over(formats.dateTime(closedAt))}</p>
      )}
    </>
  );
}

interface SeenProps {
  readonly incident: IncidentView;
  readonly person: Person;
}

function Seen({ incident, person }: SeenProps) {
  const { texts, formats } = useLanguage();
  const { acknowledgements, closedAt } = incident;
  const isSeenByMe = acknowledgements.some(({ by }) => by.id === person.id);
  return (
    <div className="incident-seen">
      {acknowledgements.length === 0 && <p className="subtle">{texts.incidents.nobody}</p>}
      {acknowledgements.map(({ at, by, note }) => (
        <div key={`${by.id} ${at}`}>
          <p>{by.name}</p>
          <p className="subtle">{formats.dateTime(at)}</p>
          {note !== undefined && <p>{note}</p>}
        </div>
      ))}
      {person.role === 'operator' && closedAt === null && !isSeenByMe && (
        <Acknowledge incident={incident} />
      )}
    </div>
  );
}
