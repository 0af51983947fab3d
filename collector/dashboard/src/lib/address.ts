// The browser's address as the pages' state: read it, follow it, change it. The history itself
// holds the state; an event of our own tells the readers, as pushState tells nobody.
import { useSyncExternalStore } from 'react';

const MOVED = 'meetnet:moved';

export interface Address {
  readonly pathname: string;
  readonly search: string;
}

/** `push` for a step that Back undoes, `replace` for a correction of the present one. */
export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') window.history.pushState(null, '', to);
  else window.history.replaceState(null, '', to);
  window.dispatchEvent(new Event(MOVED));
}

export function useAddress(): Address {
  const href = useSyncExternalStore(subscribe, () => window.location.href);
  const { pathname, search } = new URL(href);
  return { pathname, search };
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(MOVED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(MOVED, listener);
  };
}
