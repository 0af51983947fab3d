// The measurements of the chart as a table, newest first, with what a picture cannot say: cost,
// delay, flags with their meaning, and why a test failed.
import { useState } from 'react';
import type { Measurement } from '#shared/model/measurement.ts';
import type { MeasurementView } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { CapacityFigure } from './capacity-meter.tsx';
import { type Column, DataTable } from './data-table.tsx';
import { FlagList } from './flag-list.tsx';
import { Pager } from './pager.tsx';
import { ExactTime } from './time-text.tsx';

const PAGE_ROWS = 25;

interface MeasurementTableProps {
  /** Newest first. */
  readonly measurements: readonly MeasurementView[];
}

export function MeasurementTable({ measurements }: MeasurementTableProps) {
  const { texts } = useLanguage();
  const [wanted, setPage] = useState(1);
  const columns = useColumns();
  const pages = Math.max(1, Math.ceil(measurements.length / PAGE_ROWS));
  const page = Math.min(wanted, pages);
  const rows = measurements
    .slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS)
    .map(({ measurement }) => measurement);
  return (
    <>
      <DataTable
        caption={texts.measurements.caption}
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
      />
      <Pager page={page} pages={pages} onPage={setPage} />
    </>
  );
}

function useColumns(): Column<Measurement>[] {
  const { texts, formats } = useLanguage();
  const { columns } = texts.measurements;
  return [
    {
      key: 'time',
      header: columns.time,
      cell: ({ startedAt }) => <ExactTime iso={startedAt} />,
    },
    {
      key: 'download',
      header: columns.download,
      headerNote: `${texts.capacity.unit}, ${texts.capacity.layer}`,
      align: 'end',
      cell: (measurement) => <ResultCell measurement={measurement} direction="download" />,
    },
    {
      key: 'upload',
      header: columns.upload,
      headerNote: `${texts.capacity.unit}, ${texts.capacity.layer}`,
      align: 'end',
      cell: (measurement) => <ResultCell measurement={measurement} direction="upload" />,
    },
    {
      key: 'latency',
      header: columns.latency,
      align: 'end',
      cell: ({ conditions: { idleLatency, crossTrafficState, idleBaselineMs } }) =>
        idleLatency === undefined ? (
          <span className="subtle">{texts.measurements.noLatency}</span>
        ) : (
          <>
            {formats.ms(idleLatency.p50Ms)}
            <span className="subtle result-interval">
              {texts.measurements.latencyBound(formats.ms(idleLatency.p95Ms))}
            </span>
            {crossTrafficState === 'suspected' && idleBaselineMs !== undefined && (
              <span className="subtle result-interval">
                {texts.measurements.latencyUsual(formats.ms(idleBaselineMs))}
              </span>
            )}
          </>
        ),
    },
    {
      key: 'bytes',
      header: columns.bytes,
      align: 'end',
      cell: ({ download, upload }) =>
        download === undefined && upload === undefined ? (
          <span className="subtle">–</span>
        ) : (
          formats.bytes((download?.bytes ?? 0) + (upload?.bytes ?? 0))
        ),
    },
    {
      key: 'flags',
      header: columns.flags,
      isWide: true,
      cell: (measurement) => <Remarks measurement={measurement} />,
    },
  ];
}

interface ResultCellProps {
  readonly measurement: Measurement;
  readonly direction: 'download' | 'upload';
}

function ResultCell({ measurement, direction }: ResultCellProps) {
  const { texts, formats } = useLanguage();
  const result = measurement[direction];
  if (result === undefined) return <span className="subtle">{texts.measurements.noResult}</span>;
  const [low, high] = result.interval;
  return (
    <>
      <CapacityFigure result={result} isFlagged={measurement.flags.length > 0} />
      <span className="subtle result-interval">
        <span className="visually-hidden">{texts.measurements.interval} </span>
        {texts.capacity.interval(formats.mbps(low), formats.mbps(high))}
      </span>
      {result.provisional === true && (
        <span className="subtle result-interval">{texts.provisional}</span>
      )}
    </>
  );
}

function Remarks({ measurement }: { readonly measurement: Measurement }) {
  const { texts } = useLanguage();
  const { failure, flags } = measurement;
  return (
    <>
      {failure !== undefined && (
        <p className="failure">
          <strong>{texts.measurements.failed}.</strong> {texts.failures[failure.code]}
        </p>
      )}
      {(failure === undefined || flags.length > 0) && <FlagList flags={flags} show="meaning" />}
    </>
  );
}
