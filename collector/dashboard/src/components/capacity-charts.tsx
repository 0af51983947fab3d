// Download and upload over time, one chart each (their norms differ twelvefold), with one cursor,
// one readout and one legend.
import { useMemo, useState } from 'react';
import type { Norm } from '#shared/model/norm.ts';
import { requiredMbps } from '#shared/model/required.ts';
import type { MeasurementView } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { type ChartPoint, chartPoints } from '../lib/chart-data.ts';
import { CapacityChart } from './capacity-chart.tsx';
import { Mark } from './mark.tsx';

interface CapacityChartsProps {
  readonly measurements: readonly MeasurementView[];
  readonly norm: Norm;
  readonly days: number;
  /** Epoch ms: the right edge. */
  readonly until: number;
}

export function CapacityCharts({ measurements, norm, days, until }: CapacityChartsProps) {
  const { texts, formats } = useLanguage();
  const [shown, setShown] = useState<number | null>(null);
  const download = useMemo(() => chartPoints(measurements, 'download'), [measurements]);
  const upload = useMemo(() => chartPoints(measurements, 'upload'), [measurements]);
  const chart = (direction: 'download' | 'upload', points: readonly ChartPoint[]) => {
    const required = requiredMbps(norm, direction);
    const name = texts.direction[direction];
    return (
      <figure className="chart">
        <figcaption>{texts.chart.heading(name)}</figcaption>
        <CapacityChart
          points={points}
          required={required}
          requiredLabel={texts.chart.requiredLine(formats.norm(required))}
          label={texts.chart.label(
            name.toLowerCase(),
            formats.integer(points.length),
            formats.norm(required),
          )}
          from={until / 1000 - days * 86_400}
          to={until / 1000}
          onPoint={setShown}
        />
      </figure>
    );
  };
  return (
    <div className="card charts">
      {chart('download', download)}
      {chart('upload', upload)}
      <Readout
        download={shown === null ? undefined : download[shown]}
        upload={shown === null ? undefined : upload[shown]}
      />
      <Legend />
    </div>
  );
}

interface ReadoutProps {
  readonly download: ChartPoint | undefined;
  readonly upload: ChartPoint | undefined;
}

/** The table says the same; this is for the pointer alone, so no screen reader is told. */
function Readout({ download, upload }: ReadoutProps) {
  const { texts, formats } = useLanguage();
  const figure = (point: ChartPoint) =>
    point.value === null || point.interval === null
      ? texts.chart.failed
      : `${formats.mbps(point.value)} (${texts.capacity.interval(
          formats.mbps(point.interval[0]),
          formats.mbps(point.interval[1]),
        )})`;
  return (
    <p className="chart-readout" aria-hidden="true">
      {download === undefined || upload === undefined
        ? texts.chart.pointHint
        : texts.chart.readout(
            formats.dateTime(download.measurement.startedAt),
            figure(download),
            figure(upload),
          )}
    </p>
  );
}

function Legend() {
  const { texts } = useLanguage();
  return (
    <ul className="chart-legend" aria-label={texts.chart.legend}>
      {(['pass', 'fail', 'inconclusive'] as const).map((outcome) => (
        <li key={outcome}>
          <Mark kind={outcome} />
          {texts.outcomes[outcome]}
        </li>
      ))}
      <li>
        <Mark kind="failed" />
        {texts.chart.legendFailed}
      </li>
      <li>
        <Mark isFlagged />
        {texts.chart.legendFlagged}
      </li>
      <li>
        <span className="chart-legend__interval" aria-hidden="true" />
        {texts.chart.legendInterval}
      </li>
      <li>
        <span className="chart-legend__required" aria-hidden="true" />
        {texts.chart.legendRequired}
      </li>
    </ul>
  );
}
