// The last minute of probes on a location's line, and what the last test saw while it loaded the line.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { LatencyReport, LoadedLatency, ProbeSummary } from '#shared/model/latency.ts';
import type { LocationView } from '../api/contract.ts';
import { latencyQuery } from '../api/queries.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Loading } from './loading.tsx';
import { Problem } from './problem.tsx';
import { ExactTime } from './time-text.tsx';

interface LatencySectionProps {
  readonly locationId: string;
  readonly latest: LocationView['latest'];
}

export function LatencySection({ locationId, latest }: LatencySectionProps) {
  const { texts } = useLanguage();
  const query = useQuery(latencyQuery(locationId));
  const measurement = query.data?.measurements[0]?.measurement;
  const report = measurement?.latency;
  const isEmpty = query.isSuccess && report === undefined;
  return (
    <section aria-labelledby="latency">
      <h2 id="latency">{texts.latency.title}</h2>
      {query.isError && query.data === undefined && (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Loading />}
      {isEmpty && <p className="notice">{texts.latency.none}</p>}
      {(report !== undefined || latest?.download?.loaded !== undefined) && (
        <dl className="facts facts--grid card">
          {measurement !== undefined && report !== undefined && (
            <Report report={report} startedAt={measurement.startedAt} />
          )}
          <Loaded direction="download" loaded={latest?.download?.loaded} />
          <Loaded direction="upload" loaded={latest?.upload?.loaded} />
        </dl>
      )}
    </section>
  );
}

function Report({ report, startedAt }: { report: LatencyReport; startedAt: string }) {
  const { texts, formats } = useLanguage();
  const { probes, lookups, reach } = report;
  const said = ({ ms, failure }: LatencyReport['reach'][number]) =>
    ms === undefined ? texts.latency.failed(failure ?? '') : formats.ms(ms);
  return (
    <>
      <Fact name={texts.latency.measured}>
        <ExactTime iso={startedAt} />
      </Fact>
      {probes?.roundTrip !== undefined && (
        <Fact name={texts.latency.roundTrip}>
          <RoundTrip roundTrip={probes.roundTrip} />
        </Fact>
      )}
      {probes?.variation !== undefined && (
        <Fact name={texts.latency.variation}>{formats.ms(probes.variation.roundTripMs)}</Fact>
      )}
      {probes !== undefined && (
        <Fact name={texts.latency.loss}>
          <Loss loss={probes.loss} />
        </Fact>
      )}
      {lookups.map((lookup) => (
        <Fact key={lookup.name} name={texts.latency.lookup(lookup.name)}>
          {said(lookup)}
        </Fact>
      ))}
      {reach.map((end) => (
        <Fact key={end.name} name={texts.latency.reach(end.name)}>
          {said(end)}
        </Fact>
      ))}
    </>
  );
}

function RoundTrip({ roundTrip }: { roundTrip: NonNullable<ProbeSummary['roundTrip']> }) {
  const { texts, formats } = useLanguage();
  const { minMs, p50Ms, p95Ms } = roundTrip;
  return (
    <>{texts.latency.roundTripText(formats.ms(p50Ms), formats.ms(p95Ms), formats.ms(minMs))}</>
  );
}

function Loss({ loss }: { loss: ProbeSummary['loss'] }) {
  const { texts, formats } = useLanguage();
  if (loss === undefined) return <>{texts.latency.lossUnknown}</>;
  const { share, interval, forward, reverse } = loss;
  return (
    <>
      {texts.latency.lossText(
        formats.percent(share),
        formats.percent(interval[0]),
        formats.percent(interval[1]),
      )}
      {share > 0 && (
        <span className="subtle">
          {' '}
          {texts.latency.lossWays(formats.integer(forward), formats.integer(reverse))}
        </span>
      )}
    </>
  );
}

interface LoadedProps {
  readonly direction: 'download' | 'upload';
  readonly loaded: LoadedLatency | undefined;
}

function Loaded({ direction, loaded }: LoadedProps) {
  const { texts, formats } = useLanguage();
  if (loaded?.probes.roundTrip === undefined) return null;
  const { responsivenessRpm } = loaded;
  return (
    <Fact name={texts.latency.loaded[direction]}>
      <RoundTrip roundTrip={loaded.probes.roundTrip} />
      {responsivenessRpm !== undefined && (
        <span className="subtle">
          {' '}
          {texts.latency.responsiveness(formats.integer(responsivenessRpm))}
        </span>
      )}
    </Fact>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
