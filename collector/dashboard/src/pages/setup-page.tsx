// Makes the first account with the one-time token of the link that the collector printed.
import { type FormEvent, useEffect, useState } from 'react';
import { useSetup } from '../api/changes.ts';
import type { Session } from '../api/contract.ts';
import { Link } from '../components/link.tsx';
import { Problem } from '../components/problem.tsx';
import { TextField } from '../components/text-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { navigate, useAddress } from '../lib/address.ts';
import { fieldOf } from '../lib/form.ts';
import { LOCATIONS_PATH, SIGN_IN_PATH } from '../lib/routes.ts';
import { useTitle } from '../lib/use-title.ts';

/** The contract's least; the collector checks it too. */
const SHORTEST_PASSWORD = 12;

interface SetupPageProps {
  readonly session: Session;
}

export function SetupPage({ session }: SetupPageProps) {
  const { texts } = useLanguage();
  const { search } = useAddress();
  const token = new URLSearchParams(search).get('token') ?? '';
  useTitle(texts.setup.title);
  return (
    <div className="card card--narrow">
      <h1>{texts.setup.title}</h1>
      {session.setupNeeded ? (
        <SetupForm token={token} />
      ) : session.person !== null ? (
        <Done />
      ) : (
        <>
          <p>{texts.setup.done}</p>
          <p>
            <Link to={SIGN_IN_PATH}>{texts.signIn.title}</Link>
          </p>
        </>
      )}
    </div>
  );
}

/** Leaves this page; its address with the token goes out of the history's present entry. */
function Done() {
  useEffect(() => navigate(LOCATIONS_PATH, 'replace'), []);
  return null;
}

function SetupForm({ token }: { readonly token: string }) {
  const { texts } = useLanguage();
  const setup = useSetup();
  const [isShort, setIsShort] = useState(false);
  if (token === '') {
    return (
      <p className="notice notice--problem" role="alert">
        {texts.setup.noToken}
      </p>
    );
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = fieldOf(form, 'password');
    setIsShort(password.length < SHORTEST_PASSWORD);
    if (password.length < SHORTEST_PASSWORD) return;
    setup.mutate({ token, email: fieldOf(form, 'email'), name: fieldOf(form, 'name'), password });
  };
  return (
    <>
      <p>{texts.setup.intro}</p>
      {setup.isError && <Problem error={setup.error} />}
      <form onSubmit={submit}>
        <TextField
          label={texts.setup.name}
          name="name"
          autoComplete="name"
          required
          maxLength={200}
        />
        <TextField
          label={texts.signIn.email}
          name="email"
          type="email"
          autoComplete="username"
          required
          maxLength={254}
        />
        <TextField
          label={texts.setup.password}
          name="password"
          type="password"
          autoComplete="new-password"
          required
          maxLength={200}
          hint={texts.setup.passwordHint}
          fault={isShort ? texts.setup.passwordShort : undefined}
        />
        <button type="submit" className="button button--primary" disabled={setup.isPending}>
          {setup.isPending ? texts.setup.busy : texts.setup.submit}
        </button>
      </form>
    </>
  );
}
