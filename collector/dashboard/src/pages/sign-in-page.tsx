// Signing in; before there is any account, how to make the first.
import type { FormEvent } from 'react';
import { ApiError } from '../api/api-error.ts';
import { useSignIn } from '../api/changes.ts';
import { Problem } from '../components/problem.tsx';
import { TextField } from '../components/text-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { fieldOf } from '../lib/form.ts';
import { SETUP_PATH } from '../lib/routes.ts';
import { useTitle } from '../lib/use-title.ts';

interface SignInPageProps {
  readonly setupNeeded: boolean;
}

export function SignInPage({ setupNeeded }: SignInPageProps) {
  const { texts } = useLanguage();
  useTitle(setupNeeded ? texts.signIn.setupNeeded : texts.signIn.title);
  return <div className="card card--narrow">{setupNeeded ? <SetupHint /> : <SignInForm />}</div>;
}

function SetupHint() {
  const { texts } = useLanguage();
  return (
    <>
      <h1>{texts.signIn.setupNeeded}</h1>
      <p>{texts.signIn.setupHint}</p>
      <p>
        <code className="command">
          {window.location.origin}
          {SETUP_PATH}?token=…
        </code>
      </p>
      <p>{texts.signIn.setupAgain}</p>
    </>
  );
}

function SignInForm() {
  const { texts } = useLanguage();
  const signIn = useSignIn();
  const isWrong = signIn.error instanceof ApiError && signIn.error.status === 401;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signIn.mutate({ email: fieldOf(form, 'email'), password: fieldOf(form, 'password') });
  };
  return (
    <>
      <h1>{texts.signIn.title}</h1>
      {isWrong && (
        <p className="notice notice--problem" role="alert">
          {texts.signIn.wrong}
        </p>
      )}
      {signIn.isError && !isWrong && <Problem error={signIn.error} />}
      <form onSubmit={submit}>
        <TextField
          label={texts.signIn.email}
          name="email"
          type="email"
          autoComplete="username"
          required
          maxLength={254}
        />
        <TextField
          label={texts.signIn.password}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          maxLength={200}
        />
        <button type="submit" className="button button--primary" disabled={signIn.isPending}>
          {signIn.isPending ? texts.signIn.busy : texts.signIn.submit}
        </button>
      </form>
    </>
  );
}
