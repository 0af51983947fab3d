// The frame of every page: skip link, header, and the main part, which takes the focus when the
// page changes so that a keyboard or screen reader starts at its top.
import { type ReactNode, useEffect, useRef } from 'react';
import { useSignOut } from '../api/changes.ts';
import type { Person } from '../api/contract.ts';
import { useLanguage } from '../i18n/language.tsx';
import { INCIDENTS_PATH, LOCATIONS_PATH } from '../lib/routes.ts';
import { LanguageSwitch } from './language-switch.tsx';
import { Link } from './link.tsx';
import { LiveStatus, StaleBanner } from './live-status.tsx';
import { Problem } from './problem.tsx';

interface ShellProps {
  readonly pathname: string;
  /** Null: nobody is signed in, and there is nowhere to go. */
  readonly person: Person | null;
  readonly children: ReactNode;
}

export function Shell({ pathname, person, children }: ShellProps) {
  const { texts } = useLanguage();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <>
      <a className="skip-link" href="#main">
        {texts.app.skipToContent}
      </a>
      <header className="header">
        <div className="header__inner">
          <Brand isLink={person !== null} />
          {person !== null && (
            <nav className="header__nav" aria-label={texts.app.mainNavigation}>
              <NavLink to={LOCATIONS_PATH} pathname={pathname} text={texts.list.title} />
              <NavLink to={INCIDENTS_PATH} pathname={pathname} text={texts.incidents.title} />
            </nav>
          )}
          <div className="header__tools">
            {person !== null && <LiveStatus />}
            <LanguageSwitch />
            {person !== null && <Account person={person} />}
          </div>
        </div>
      </header>
      {person !== null && <StaleBanner />}
      <main id="main" className="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

interface NavLinkProps {
  readonly to: string;
  readonly pathname: string;
  readonly text: string;
}

function NavLink({ to, pathname, text }: NavLinkProps) {
  return (
    <Link to={to} aria-current={pathname === to ? 'page' : undefined}>
      {text}
    </Link>
  );
}

function Brand({ isLink }: { readonly isLink: boolean }) {
  const { texts } = useLanguage();
  const name = (
    <>
      <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
        <path
          d="M2 19V9m5 10V4m5 15v-7m5 7V7m5 12v-5"
          fill="none"
          stroke="currentColor"
          strokeWidth="2.6"
          strokeLinecap="round"
        />
      </svg>
      {texts.app.name}
    </>
  );
  return isLink ? (
    <Link className="brand" to={LOCATIONS_PATH}>
      {name}
    </Link>
  ) : (
    <span className="brand">{name}</span>
  );
}

function Account({ person }: { readonly person: Person }) {
  const { texts } = useLanguage();
  const signOut = useSignOut();
  return (
    <div className="account">
      <span className="account__name" title={person.email}>
        {person.name}
      </span>
      <button
        type="button"
        className="button button--subtle"
        disabled={signOut.isPending}
        onClick={() => signOut.mutate()}
      >
        {texts.app.signOut}
      </button>
      {signOut.isError && (
        <div className="account__problem">
          <Problem error={signOut.error} />
        </div>
      )}
    </div>
  );
}
