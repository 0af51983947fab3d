// One location: its verdict and why, its measurements over time, its devices.
import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../api/api-error.ts';
import type { LocationDetail, LocationView, Person } from '../api/contract.ts';
import { locationQuery } from '../api/queries.ts';
import { AvailabilitySection } from '../components/availability-section.tsx';
import { DeviceList } from '../components/device-list.tsx';
import { Enrolment } from '../components/enrolment.tsx';
import { EvidenceDownloads } from '../components/evidence-downloads.tsx';
import { LatencySection } from '../components/latency-section.tsx';
import { LineList } from '../components/line-list.tsx';
import { Link } from '../components/link.tsx';
import { Loading } from '../components/loading.tsx';
import { LocationIncidents } from '../components/location-incidents.tsx';
import { MeasurementSection } from '../components/measurement-section.tsx';
import { OverruleNote } from '../components/overrule-note.tsx';
import { Problem } from '../components/problem.tsx';
import { VerdictPanel } from '../components/verdict-panel.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { LOCATIONS_PATH, locationPath } from '../lib/routes.ts';
import { useTitle } from '../lib/use-title.ts';
import { NotFoundPage } from './not-found-page.tsx';

interface LocationPageProps {
  readonly id: string;
  readonly person: Person;
}

export function LocationPage({ id, person }: LocationPageProps) {
  const detail = useQuery(locationQuery(id));
  useTitle(detail.data?.location.name ?? id);
  if (detail.data !== undefined) return <Detail detail={detail.data} person={person} />;
  if (!detail.isError) return <Loading />;
  // A code of another form is refused as a bad request; for the reader it is the same.
  const status = detail.error instanceof ApiError ? detail.error.status : undefined;
  if (status === 404 || status === 400) return <NotFoundPage locationId={id} />;
  return <Problem error={detail.error} onRetry={() => void detail.refetch()} />;
}

function Detail({ detail, person }: { detail: LocationDetail; person: Person }) {
  const { texts } = useLanguage();
  const { location, lines, devices, norm } = detail;
  return (
    <>
      <Heading location={location} />
      {location.closed !== undefined && <Closed closed={location.closed} />}
      <LocationIncidents locationId={location.id} />
      <VerdictPanel verdict={location.verdict} />
      <EvidenceDownloads locationId={location.id} />
      {location.overrule !== undefined && <OverruleNote overrule={location.overrule} />}
      <section aria-labelledby="lines">
        <h2 id="lines">{texts.lines.title}</h2>
        <LineList lines={lines} />
      </section>
      <MeasurementSection locationId={location.id} norm={norm} />
      <LatencySection locationId={location.id} latest={location.latest} />
      <AvailabilitySection key={location.id} locationId={location.id} />
      <section aria-labelledby="devices">
        <h2 id="devices">{texts.location.devices}</h2>
        <DeviceList devices={devices} lines={lines} />
        {person.role === 'operator' && location.closed === undefined && (
          <Enrolment locationId={location.id} lines={lines} />
        )}
      </section>
    </>
  );
}

function Closed({ closed }: { readonly closed: NonNullable<LocationView['closed']> }) {
  const { texts, formats } = useLanguage();
  const { at, successorId } = closed;
  return (
    <p className="notice">
      {texts.location.closed(formats.date(at))}
      {successorId !== undefined && (
        <>
          {' '}
          {texts.location.wentOnAs} <Link to={locationPath(successorId)}>{successorId}</Link>.
        </>
      )}
    </p>
  );
}

function Heading({ location }: { readonly location: LocationView }) {
  const { texts, formats } = useLanguage();
  const { street, houseNumber, postalCode, city, pupils } = location;
  const address = [
    [street, houseNumber],
    [postalCode, city],
  ]
    .map((parts) => parts.filter(Boolean).join(' '))
    .filter(Boolean)
    .join(', ');
  const facts = [
    location.id,
    location.board.name,
    address,
    pupils === undefined ? '' : `${formats.integer(pupils)} ${texts.location.pupils}`,
  ].filter(Boolean);
  return (
    <>
      <nav className="breadcrumb" aria-label={texts.location.breadcrumb}>
        <Link to={LOCATIONS_PATH}>{texts.list.title}</Link>
      </nav>
      <h1>{location.name}</h1>
      <p className="location-facts subtle">{facts.join(' · ')}</p>
    </>
  );
}
