// All locations that the person may see: how many stand how, and which.
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo } from 'react';
import type { LocationList } from '../api/contract.ts';
import { locationsQuery } from '../api/queries.ts';
import { Loading } from '../components/loading.tsx';
import { LocationFilters } from '../components/location-filters.tsx';
import { LocationTable } from '../components/location-table.tsx';
import { Pager } from '../components/pager.tsx';
import { Problem } from '../components/problem.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { indexLocations, listPage } from '../lib/list-rows.ts';
import { DEFAULT_STATE, withSort } from '../lib/list-state.ts';
import { useListState } from '../lib/use-list-state.ts';
import { useTitle } from '../lib/use-title.ts';

export function LocationsPage() {
  const { texts } = useLanguage();
  const locations = useQuery(locationsQuery);
  useTitle(texts.list.title);
  return (
    <>
      <h1>{texts.list.title}</h1>
      {locations.data !== undefined ? (
        <Locations list={locations.data} />
      ) : locations.isError ? (
        <Problem error={locations.error} onRetry={() => void locations.refetch()} />
      ) : (
        <Loading />
      )}
    </>
  );
}

function Locations({ list }: { readonly list: LocationList }) {
  const { texts, formats } = useLanguage();
  const { state, change, type } = useListState();
  const index = useMemo(() => indexLocations(list.locations), [list.locations]);
  const deferred = useDeferredValue(state);
  const shown = useMemo(() => listPage(index, deferred), [index, deferred]);
  if (list.locations.length === 0) return <NoLocations />;
  const goTo = (page: number) => {
    change({ ...state, page });
    window.scrollTo(0, 0);
  };
  return (
    <>
      <p className="subtle">
        {texts.list.norm(formats.norm(list.norm.download), formats.norm(list.norm.upload))}
      </p>
      <LocationFilters state={state} counts={shown.counts} onChange={change} onType={type} />
      <p className="list-count" role="status">
        {texts.list.shown(formats.integer(shown.matches), formats.integer(index.length))}
      </p>
      {shown.matches === 0 ? (
        <div className="notice">
          <h2 className="notice__title">{texts.list.noMatchTitle}</h2>
          <p>{texts.list.noMatchText}</p>
          <button
            type="button"
            className="button"
            onClick={() => change({ ...DEFAULT_STATE, sort: state.sort })}
          >
            {texts.list.clear}
          </button>
        </div>
      ) : (
        <LocationTable
          rows={shown.rows}
          norm={list.norm}
          sort={{ ...state.sort, onSort: (key) => change(withSort(state, key)) }}
        />
      )}
      <Pager page={shown.page} pages={shown.pages} onPage={goTo} />
    </>
  );
}

function NoLocations() {
  const { texts } = useLanguage();
  return (
    <div className="notice">
      <h2 className="notice__title">{texts.list.emptyTitle}</h2>
      <p>{texts.list.emptyText}</p>
      <p>
        <code className="command">meetnet-collector import vestigingen.csv</code>
      </p>
    </div>
  );
}
