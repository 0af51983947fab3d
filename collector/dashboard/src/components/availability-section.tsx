// When each line of the location was up: percent per month, and each outage with what was down. All
// that is counted comes from the collector.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AvailabilityView } from '../api/contract.ts';
import { availabilityQuery } from '../api/queries.ts';
import { apiAddress } from '../api/request.ts';
import { useLanguage } from '../i18n/language.tsx';
import { type Column, DataTable } from './data-table.tsx';
import { Loading } from './loading.tsx';
import { Pager } from './pager.tsx';
import { Problem } from './problem.tsx';
import { ExactTime } from './time-text.tsx';

type LineRow = AvailabilityView['lines'][number];
type MonthRow = LineRow['months'][number];
type OutageRow = LineRow['outages'][number];

const PAGE_ROWS = 10;

export function AvailabilitySection({ locationId }: { readonly locationId: string }) {
  const { texts } = useLanguage();
  const query = useQuery(availabilityQuery(locationId));
  const lines = query.data?.lines.filter((line) => watchedMonths(line).length > 0);
  return (
    <section aria-labelledby="availability">
      <h2 id="availability">{texts.availability.title}</h2>
      {query.isError && query.data === undefined && (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Loading />}
      {lines?.length === 0 && <p className="notice">{texts.availability.none}</p>}
      {query.data !== undefined && lines !== undefined && lines.length > 0 && (
        <Found view={query.data} lines={lines} />
      )}
    </section>
  );
}

/** Months before the watch began say nothing. */
function watchedMonths({ months }: LineRow): readonly MonthRow[] {
  return months.filter(({ strictShare }) => strictShare !== null);
}

function Found({ view, lines }: { view: AvailabilityView; lines: readonly LineRow[] }) {
  const { texts, formats } = useLanguage();
  const { locationId, minOutageMs } = view;
  const csv = apiAddress(`/locations/${encodeURIComponent(locationId)}/availability?format=csv`);
  return (
    <>
      <p className="subtle">
        {texts.availability.definition}
        {minOutageMs > 0 && ` ${texts.availability.least(formats.duration(minOutageMs))}`}
      </p>
      {lines.map((line) => (
        <Line key={line.lineId} line={line} isOneOfSeveral={view.lines.length > 1} />
      ))}
      <p className="availability__exports">
        <a href={csv} download>
          {texts.availability.monthsCsv}
        </a>
        <a href={`${csv}&table=outages`} download>
          {texts.availability.outagesCsv}
        </a>
      </p>
    </>
  );
}

function Line({ line, isOneOfSeveral }: { line: LineRow; isOneOfSeveral: boolean }) {
  const { texts } = useLanguage();
  const { name, outages } = line;
  const Heading = isOneOfSeveral ? 'h4' : 'h3';
  const caption = (text: string) => (isOneOfSeveral ? `${name}: ${text}` : text);
  return (
    <>
      {isOneOfSeveral && <h3>{name}</h3>}
      <DataTable
        caption={caption(texts.availability.monthsCaption)}
        columns={useMonthColumns()}
        rows={watchedMonths(line)}
        rowKey={({ month }) => month}
      />
      <Heading>{texts.availability.outages}</Heading>
      {outages.length === 0 && <p>{texts.availability.noOutages}</p>}
      {outages.length > 0 && (
        <Outages outages={outages} caption={caption(texts.availability.outagesCaption)} />
      )}
    </>
  );
}

function useMonthColumns(): Column<MonthRow>[] {
  const { texts, formats } = useLanguage();
  const { columns } = texts.availability;
  return [
    { key: 'month', header: columns.month, cell: ({ month }) => formats.month(month) },
    {
      key: 'share',
      header: columns.share,
      align: 'end',
      cell: ({ share }) =>
        share === null ? texts.availability.notObserved : formats.availability(share),
    },
    {
      key: 'down',
      header: columns.down,
      align: 'end',
      cell: ({ lineDownMs, outages }) =>
        outages === 0
          ? texts.availability.noneDown
          : texts.availability.downText(formats.duration(lineDownMs), formats.integer(outages)),
    },
    {
      key: 'unobserved',
      header: columns.unobserved,
      align: 'end',
      cell: ({ offMs, silentMs, localDownMs, unreachableMs }) =>
        formats.duration(offMs + silentMs + localDownMs + unreachableMs),
    },
    {
      key: 'strict',
      header: columns.strict,
      align: 'end',
      cell: ({ strictShare }) => formats.availability(strictShare ?? 0),
    },
  ];
}

/** Newest first. */
function Outages({ outages, caption }: { outages: readonly OutageRow[]; caption: string }) {
  const [wanted, setPage] = useState(1);
  const pages = Math.ceil(outages.length / PAGE_ROWS);
  const page = Math.min(wanted, pages);
  return (
    <>
      <DataTable
        caption={caption}
        columns={useOutageColumns()}
        rows={outages.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS)}
        rowKey={({ kind, from }) => `${kind} ${from}`}
      />
      <Pager page={page} pages={pages} onPage={setPage} />
    </>
  );
}

function useOutageColumns(): Column<OutageRow>[] {
  const { texts, formats } = useLanguage();
  const { columns, kinds, notCounted } = texts.availability;
  return [
    { key: 'from', header: columns.from, cell: ({ from }) => <ExactTime iso={from} /> },
    {
      key: 'duration',
      header: columns.duration,
      align: 'end',
      cell: ({ durationMs }) => formats.duration(durationMs),
    },
    {
      key: 'kind',
      header: columns.kind,
      isWide: true,
      cell: ({ kind, counted }) =>
        kind === 'line_down' && !counted ? `${kinds[kind]} (${notCounted})` : kinds[kind],
    },
  ];
}
