import { useState } from 'preact/hooks';
import { ApiProblem, saidOf } from '../api/problem.js';
import { logIn } from '../api/session.js';
import { Button } from '../parts/button.js';
import { ErrorNote } from '../parts/error-note.js';
import { Field } from '../parts/field.js';
import { CodeField } from './code-field.js';
import { LoginCard } from './login-card.js';

/** Logs in by name and password, and a code where the user has a second factor. @param why the last login has ended */
export function Login({ why }: { readonly why: string | null }) {
  const [error, setError] = useState<string | null>(why);
  const [needsCode, setNeedsCode] = useState(false);
  const [isBusy, setBusy] = useState(false);

  const submit = async (form: HTMLFormElement) => {
    const of = (name: string) => String(new FormData(form).get(name) ?? '');
    setBusy(true);
    try {
      await logIn({
        ...{ username: of('username').trim(), password: of('password') },
        ...(needsCode && { code: of('code').trim() }),
      });
    } catch (failed) {
      const isSecond = failed instanceof ApiProblem && failed.code === 'TACTUS_SECOND_FACTOR_REQUIRED';
      setError(isSecond && !needsCode ? null : saidOf(failed));
      if (isSecond) setNeedsCode(true);
      setBusy(false);
    }
  };
  const back = `${window.location.pathname}${window.location.search}`;
  return (
    <LoginCard>
      <h1>Log in</h1>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        <Field label="Name" name="username" autocomplete="username" required />
        <Field label="Password" name="password" type="password" autocomplete="current-password" required />
        {needsCode && <CodeField />}
        <ErrorNote error={error} />
        <Button kind="primary" type="submit" disabled={isBusy}>
          Log in
        </Button>
      </form>
      {'provider' in document.body.dataset && (
        <a class="button" data-leaves href={`/api/v1/auth/oidc/login?return_to=${encodeURIComponent(back)}`}>
          Log in with your organisation
        </a>
      )}
      <p class="card-note">
        On a terminal, <code>npx tactus users link --admin</code> prints a link to log in by.
      </p>
    </LoginCard>
  );
}
