// A location's measurements over a chosen period: charts of both directions, and the same data as
// a table. The charts' script is loaded when they are first shown.
import { useQuery } from '@tanstack/react-query';
import type { Norm } from '#shared/model/norm.ts';
import type { MeasurementView } from '../api/contract.ts';
import { measurementsQuery } from '../api/queries.ts';
import { chartsScript } from '../api/scripts.ts';
import { useLanguage } from '../i18n/language.tsx';
import { navigate, useAddress } from '../lib/address.ts';
import { DAYS, formatPeriod, PERIODS, parsePeriod } from '../lib/period.ts';
import { Loading } from './loading.tsx';
import { MeasurementTable } from './measurement-table.tsx';
import { Problem } from './problem.tsx';

interface MeasurementSectionProps {
  readonly locationId: string;
  readonly norm: Norm;
}

export function MeasurementSection({ locationId, norm }: MeasurementSectionProps) {
  const { texts } = useLanguage();
  const { search } = useAddress();
  const days = DAYS[parsePeriod(search)];
  const query = useQuery(measurementsQuery(locationId, days));
  const measurements = query.data?.measurements;
  const isEmpty = measurements?.length === 0;
  return (
    <>
      <section aria-labelledby="chart">
        <div className="section-head">
          <h2 id="chart">{texts.location.chart}</h2>
          <PeriodSwitch />
        </div>
        {query.isError && measurements === undefined && (
          <Problem error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.isPending && <Loading />}
        {isEmpty && <p className="notice">{texts.chart.none}</p>}
        {measurements !== undefined && !isEmpty && (
          <Charts measurements={measurements} norm={norm} days={days} until={query.dataUpdatedAt} />
        )}
      </section>
      {measurements !== undefined && !isEmpty && (
        <section aria-labelledby="measurements">
          <h2 id="measurements">{texts.location.measurements}</h2>
          <MeasurementTable key={days} measurements={measurements} />
        </section>
      )}
    </>
  );
}

interface ChartsProps {
  readonly measurements: readonly MeasurementView[];
  readonly norm: Norm;
  readonly days: number;
  readonly until: number;
}

function Charts(props: ChartsProps) {
  const script = useQuery(chartsScript);
  if (script.data !== undefined) return <script.data.CapacityCharts {...props} />;
  if (!script.isError) return <Loading />;
  return <Problem error={script.error} onRetry={() => void script.refetch()} />;
}

function PeriodSwitch() {
  const { texts } = useLanguage();
  const { pathname, search } = useAddress();
  const chosen = parsePeriod(search);
  return (
    <fieldset className="segments">
      <legend className="visually-hidden">{texts.chart.period}</legend>
      {PERIODS.map((period) => (
        <button
          key={period}
          type="button"
          aria-pressed={period === chosen}
          onClick={() => navigate(`${pathname}${formatPeriod(period)}`, 'replace')}
        >
          {texts.chart.periods[period]}
        </button>
      ))}
    </fieldset>
  );
}
