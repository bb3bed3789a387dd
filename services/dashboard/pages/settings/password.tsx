import { useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import { saidOf } from '../../api/problem.js';
import { Button } from '../../parts/button.js';
import { Field } from '../../parts/field.js';
import { said } from '../../parts/toasts.js';

/** Changes the own password; other logins end. */
export function Password() {
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = event.currentTarget;
    const of = (name: string) => String(new FormData(form).get(name) ?? '');
    try {
      await call('POST /auth/password', {
        body: { password: of('password'), newPassword: of('newPassword') },
        ofTenant: false,
      });
      setError(null);
      form.reset();
      said('The password is changed. Other logins have ended.');
    } catch (failed) {
      setError(saidOf(failed));
    }
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="Current password"
        name="password"
        type="password"
        required
        autocomplete="current-password"
      />
      <Field
        label="New password"
        name="newPassword"
        type="password"
        required
        minLength={8}
        autocomplete="new-password"
        hint="8 characters at least. Your other logins end."
        error={error}
      />
      <Button type="submit">Change the password</Button>
    </form>
  );
}
