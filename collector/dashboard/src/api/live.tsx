// Keeps the pages live while somebody is signed in and looks: joins the stream of changes to the
// cached data, and tells components how the stream fares.
import { useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  type ReactNode,
  use,
  useEffect,
  useState,
  useSyncExternalStore,
} from 'react';
import { LiveConnection, type LiveState } from './live-connection.ts';
import { createLiveUpdates } from './live-updates.ts';
import { sessionQuery } from './queries.ts';

/** A glance at another tab costs no reconnection. */
const HIDDEN_MS = 30_000;

const Context = createContext<LiveConnection | undefined>(undefined);

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const [connection, setConnection] = useState<LiveConnection>();
  useEffect(() => {
    const updates = createLiveUpdates({ client, later, now: () => performance.now() });
    const opened = new LiveConnection({
      open: () => new EventSource('/api/v1/events'),
      onChange: updates.changed,
      onOpen: updates.missed,
      onLost: () => void client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
      later,
      chance: Math.random,
    });
    opened.start();
    const unwatch = whileSeen(opened);
    setConnection(opened);
    return () => {
      unwatch();
      opened.stop();
      updates.end();
    };
  }, [client]);
  return <Context value={connection}>{children}</Context>;
}

export function useLiveState(): LiveState {
  const connection = use(Context);
  return useSyncExternalStore(
    (listener) => connection?.subscribe(listener) ?? (() => {}),
    () => connection?.state ?? 'connecting',
  );
}

/** Lets go of the stream when the page is hidden, takes it up when it is seen or back online. */
function whileSeen(connection: LiveConnection): () => void {
  let cancelStop: (() => void) | undefined;
  const onVisibility = () => {
    cancelStop?.();
    cancelStop = undefined;
    if (document.hidden) cancelStop = later(HIDDEN_MS, () => connection.stop());
    else connection.start();
  };
  const onOnline = () => connection.start();
  document.addEventListener('visibilitychange', onVisibility);
  window.addEventListener('online', onOnline);
  return () => {
    cancelStop?.();
    document.removeEventListener('visibilitychange', onVisibility);
    window.removeEventListener('online', onOnline);
  };
}

function later(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
