// What is wrong now, or was: each incident once, with where, since when, and who saw to it.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { IncidentView, Person } from '../api/contract.ts';
import { type IncidentStatus, incidentsQuery } from '../api/queries.ts';
import { IncidentTable } from '../components/incident-table.tsx';
import { Loading } from '../components/loading.tsx';
import { Pager } from '../components/pager.tsx';
import { Problem } from '../components/problem.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { navigate } from '../lib/address.ts';
import { INCIDENTS_PATH } from '../lib/routes.ts';
import { useTitle } from '../lib/use-title.ts';

const STATUSES: readonly IncidentStatus[] = ['open', 'closed'];
const PAGE_ROWS = 25;

interface IncidentsPageProps {
  readonly person: Person;
  /** `?status=closed` shows those that are over. */
  readonly search: string;
}

export function IncidentsPage({ person, search }: IncidentsPageProps) {
  const { texts } = useLanguage();
  const isClosed = new URLSearchParams(search).get('status') === 'closed';
  const status: IncidentStatus = isClosed ? 'closed' : 'open';
  const incidents = useQuery(incidentsQuery(status));
  useTitle(texts.incidents.title);
  return (
    <>
      <h1>{texts.incidents.title}</h1>
      <fieldset className="segments">
        <legend className="visually-hidden">{texts.incidents.show}</legend>
        {STATUSES.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === status}
            onClick={() =>
              navigate(each === 'open' ? INCIDENTS_PATH : `${INCIDENTS_PATH}?status=${each}`)
            }
          >
            {texts.incidents.statuses[each]}
          </button>
        ))}
      </fieldset>
      {incidents.data !== undefined ? (
        <Incidents key={status} incidents={incidents.data} status={status} person={person} />
      ) : incidents.isError ? (
        <Problem error={incidents.error} onRetry={() => void incidents.refetch()} />
      ) : (
        <Loading />
      )}
    </>
  );
}

interface IncidentsProps {
  readonly incidents: readonly IncidentView[];
  readonly status: IncidentStatus;
  readonly person: Person;
}

function Incidents({ incidents, status, person }: IncidentsProps) {
  const { texts, formats } = useLanguage();
  const [wanted, setPage] = useState(1);
  const pages = Math.max(1, Math.ceil(incidents.length / PAGE_ROWS));
  const page = Math.min(wanted, pages);
  const { noneOpen, noneOpenText, noneClosed, noneClosedText } = texts.incidents;
  if (incidents.length === 0) {
    return (
      <div className="notice">
        <h2 className="notice__title">{status === 'open' ? noneOpen : noneClosed}</h2>
        <p>{status === 'open' ? noneOpenText : noneClosedText}</p>
      </div>
    );
  }
  return (
    <>
      <p className="list-count" role="status">
        {texts.incidents.shown(formats.integer(incidents.length))}
      </p>
      <IncidentTable
        incidents={incidents.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS)}
        person={person}
      />
      <Pager page={page} pages={pages} onPage={setPage} />
    </>
  );
}
