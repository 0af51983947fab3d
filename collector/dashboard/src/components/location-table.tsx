// One row per location: where, how it stands, what was last measured against the norm, and when
// it was last heard of.
import type { Norm } from '#shared/model/norm.ts';
import type { LocationView } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { SORT_KEYS, type SortKey } from '../lib/list-state.ts';
import { locationPath } from '../lib/routes.ts';
import { useNow } from '../lib/use-now.ts';
import { CapacityMeter } from './capacity-meter.tsx';
import { type Column, DataTable } from './data-table.tsx';
import { FlagList } from './flag-list.tsx';
import { Link } from './link.tsx';
import { RelativeTime } from './time-text.tsx';
import { VerdictBadge } from './verdict-badge.tsx';

interface LocationTableProps {
  readonly rows: readonly LocationView[];
  readonly norm: Norm;
  readonly sort: {
    readonly key: SortKey;
    readonly descending: boolean;
    readonly onSort: (key: SortKey) => void;
  };
}

export function LocationTable({ rows, norm, sort }: LocationTableProps) {
  const { texts } = useLanguage();
  const columns = useColumns(norm);
  return (
    <DataTable
      caption={texts.list.caption}
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      sort={{
        ...sort,
        onSort: (key) => {
          const known = SORT_KEYS.find((name) => name === key);
          if (known !== undefined) sort.onSort(known);
        },
      }}
    />
  );
}

function useColumns(norm: Norm): Column<LocationView>[] {
  const { texts } = useLanguage();
  const now = useNow();
  const { columns } = texts.list;
  const layer = `${texts.capacity.unit}, ${texts.capacity.layer}`;
  const capacity = (direction: 'download' | 'upload'): Column<LocationView> => ({
    key: direction,
    header: columns[direction],
    headerNote: layer,
    align: 'end',
    isSortable: true,
    cell: ({ latest }) => (
      <CapacityMeter
        result={latest?.[direction]}
        norm={norm}
        direction={direction}
        isFlagged={(latest?.flags.length ?? 0) > 0}
      />
    ),
  });
  return [
    {
      key: 'name',
      header: columns.name,
      isSortable: true,
      cell: (location) => <NameCell location={location} />,
    },
    {
      key: 'verdict',
      header: columns.verdict,
      isSortable: true,
      isWide: true,
      cell: ({ verdict }) => (
        <VerdictBadge outcome={verdict.outcome} isMaatwerk={verdict.maatwerk} />
      ),
    },
    capacity('download'),
    capacity('upload'),
    {
      key: 'flags',
      header: columns.flags,
      cell: ({ latest }) =>
        latest === null ? (
          <span className="subtle">{texts.list.noMeasurement}</span>
        ) : (
          <FlagList flags={latest.flags} show="name" />
        ),
    },
    {
      key: 'contact',
      header: columns.contact,
      isSortable: true,
      cell: (location) => <ContactCell location={location} now={now} />,
    },
    {
      key: 'board',
      header: columns.board,
      isSortable: true,
      isWide: true,
      cell: ({ board }) => board.name,
    },
  ];
}

function NameCell({ location }: { readonly location: LocationView }) {
  return (
    <>
      <Link className="location-name" to={locationPath(location.id)}>
        {location.name}
      </Link>
      <span className="subtle location-place">
        {[location.id, location.city].filter(Boolean).join(' · ')}
      </span>
    </>
  );
}

interface ContactCellProps {
  readonly location: LocationView;
  readonly now: number;
}

function ContactCell({ location, now }: ContactCellProps) {
  const { texts } = useLanguage();
  const { connected, lastContactAt } = location;
  return (
    <span className="contact" data-connected={connected}>
      {lastContactAt === null ? (
        texts.list.neverContact
      ) : (
        <RelativeTime iso={lastContactAt} now={now} />
      )}
      {connected && <span className="subtle contact__state">{texts.list.connected}</span>}
    </span>
  );
}
