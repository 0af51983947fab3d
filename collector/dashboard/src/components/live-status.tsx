// Whether the page is up to date by itself, and since when it is not.
import { useEffect, useState } from 'react';
import { useLiveState } from '../api/live.tsx';
import { useLanguage } from '../i18n/language.tsx';

/** A hiccup is mended sooner and needs no banner. */
const PATIENCE_MS = 3_000;

export function LiveStatus() {
  const { texts } = useLanguage();
  const state = useLiveState();
  return (
    <p className="live-status" data-state={state} role="status">
      <span className="live-status__dot" aria-hidden="true" />
      <span className="visually-hidden">{texts.live.label}: </span>
      <span className="live-status__text">{texts.live[state]}</span>
    </p>
  );
}

export function StaleBanner() {
  const { texts, formats } = useLanguage();
  const state = useLiveState();
  const [lostAt, setLostAt] = useState<string>();
  useEffect(() => {
    if (state !== 'reconnecting') {
      setLostAt(undefined);
      return;
    }
    const at = new Date().toISOString();
    const timer = setTimeout(() => setLostAt(at), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [state]);
  if (lostAt === undefined) return null;
  return (
    <p className="stale-banner" role="alert">
      {texts.live.stale(formats.dateTime(lostAt))}
    </p>
  );
}
