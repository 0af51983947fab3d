// Which page is shown to whom: the address names the page, the session decides whether it may be
// seen.
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import type { Person, Session } from './api/contract.ts';
import { LiveProvider } from './api/live.tsx';
import { sessionQuery } from './api/queries.ts';
import { ErrorBoundary } from './components/error-boundary.tsx';
import { Loading } from './components/loading.tsx';
import { Problem } from './components/problem.tsx';
import { Shell } from './components/shell.tsx';
import { type Address, navigate, useAddress } from './lib/address.ts';
import { nextPath, type Route, routeOf, signInPath } from './lib/routes.ts';
import { IncidentsPage } from './pages/incidents-page.tsx';
import { LocationPage } from './pages/location-page.tsx';
import { LocationsPage } from './pages/locations-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { SetupPage } from './pages/setup-page.tsx';
import { SignInPage } from './pages/sign-in-page.tsx';

export function App() {
  const address = useAddress();
  const session = useQuery(sessionQuery);
  const person = session.data?.person ?? null;
  const frame = (content: ReactNode) => (
    <Shell pathname={address.pathname} person={person}>
      <ErrorBoundary key={address.pathname}>{content}</ErrorBoundary>
    </Shell>
  );
  if (session.data === undefined) {
    return frame(
      session.isError ? (
        <Problem error={session.error} onRetry={() => void session.refetch()} />
      ) : (
        <Loading />
      ),
    );
  }
  const route = routeOf(address.pathname);
  const content = pageOf(route, address, session.data);
  if (person === null) return frame(content);
  return <LiveProvider key={person.id}>{frame(content)}</LiveProvider>;
}

function pageOf(route: Route, address: Address, session: Session): ReactNode {
  if (route.page === 'setup') return <SetupPage session={session} />;
  if (route.page === 'sign-in') {
    return session.person === null ? (
      <SignInPage setupNeeded={session.setupNeeded} />
    ) : (
      <Redirect to={nextPath(address.search)} />
    );
  }
  if (session.person === null) {
    return <Redirect to={signInPath(`${address.pathname}${address.search}`)} />;
  }
  return signedInPage(route, address, session.person);
}

function signedInPage(route: Route, address: Address, person: Person): ReactNode {
  switch (route.page) {
    case 'locations':
      return <LocationsPage />;
    case 'incidents':
      return <IncidentsPage person={person} search={address.search} />;
    case 'location':
      return <LocationPage key={route.id} id={route.id} person={person} />;
    default:
      return <NotFoundPage />;
  }
}

function Redirect({ to }: { readonly to: string }) {
  useEffect(() => navigate(to, 'replace'), [to]);
  return <Loading />;
}
