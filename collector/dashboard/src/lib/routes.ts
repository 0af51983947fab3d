// Which page an address shows, and the address of each page. Pure; the list of all pages.

export type Route =
  | { readonly page: 'locations' }
  | { readonly page: 'location'; readonly id: string }
  | { readonly page: 'incidents' }
  | { readonly page: 'sign-in' }
  | { readonly page: 'setup' }
  | { readonly page: 'not-found' };

export function routeOf(pathname: string): Route {
  const parts = partsOf(pathname);
  if (parts === undefined) return { page: 'not-found' };
  const [first, second] = parts;
  if (parts.length === 0) return { page: 'locations' };
  if (parts.length === 1 && first === 'incidents') return { page: 'incidents' };
  if (parts.length === 1 && first === 'login') return { page: 'sign-in' };
  if (parts.length === 1 && first === 'setup') return { page: 'setup' };
  if (parts.length === 2 && first === 'locations' && second !== undefined) {
    return { page: 'location', id: second };
  }
  return { page: 'not-found' };
}

export const LOCATIONS_PATH = '/';
export const INCIDENTS_PATH = '/incidents';
export const SIGN_IN_PATH = '/login';
export const SETUP_PATH = '/setup';

export function locationPath(id: string): string {
  return `/locations/${encodeURIComponent(id)}`;
}

/** Of the collector: the location's evidence as a signed ZIP, or as one file. */
export function evidencePackPath(id: string, format: 'zip' | 'pdf', language: string): string {
  const query = new URLSearchParams({ format, lang: language });
  return `/api/v1/locations/${encodeURIComponent(id)}/evidence-pack?${query}`;
}

/** Where to go after signing in: the page that was asked for, never another site. */
export function signInPath(wanted: string): string {
  if (wanted === LOCATIONS_PATH) return SIGN_IN_PATH;
  return `${SIGN_IN_PATH}?${new URLSearchParams({ next: wanted })}`;
}

export function nextPath(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? LOCATIONS_PATH;
  // Two slashes, or a backslash that browsers read as one, would name another host.
  return /^\/(?![/\\])/.test(next) && !next.startsWith(SIGN_IN_PATH) ? next : LOCATIONS_PATH;
}

/** Undefined for an address that is no valid text. */
function partsOf(pathname: string): string[] | undefined {
  try {
    return pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
