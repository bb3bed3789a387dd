import { useState } from 'preact/hooks';
import { type Answer, call } from '../../api/call.js';
import { saidOf } from '../../api/problem.js';
import { Button } from '../../parts/button.js';
import { Copy } from '../../parts/copy.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Field } from '../../parts/field.js';
import { said } from '../../parts/toasts.js';

type Prepared = Answer<'POST /auth/totp'>;

interface SecondFactorProps {
  readonly isOn: boolean;
  readonly onChanged: () => void;
}

/** Turns the second factor on, by a first code of an app, and off. */
export function SecondFactor({ isOn, onChanged }: SecondFactorProps) {
  const [prepared, setPrepared] = useState<Prepared | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [error, setError] = useState<string | null>(null);

  const attempt =
    (work: (of: (name: string) => string) => Promise<void>) =>
    async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
      event.preventDefault();
      const data = new FormData(event.currentTarget);
      try {
        await work((name) => String(data.get(name) ?? '').trim());
        setError(null);
      } catch (failed) {
        setError(saidOf(failed));
      }
    };
  const prepare = attempt(async (of) =>
    setPrepared(await call('POST /auth/totp', { body: { password: of('password') }, ofTenant: false })),
  );
  const confirm = attempt(async (of) => {
    const answer = await call('POST /auth/totp/confirm', { body: { code: of('code') }, ofTenant: false });
    setPrepared(null);
    setCodes(answer.recovery_codes);
    onChanged();
  });
  const remove = attempt(async (of) => {
    await call('POST /auth/totp/remove', {
      body: { password: of('password'), code: of('code') },
      ofTenant: false,
    });
    said('The second factor is off.');
    setCodes(null);
    onChanged();
  });
  const wrong = <ErrorNote error={error} />;

  if (codes !== null)
    return (
      <div class="stack">
        <p>
          The second factor is on. Keep these codes: each logs you in once without the app. They are not shown
          again.
        </p>
        <ul class="recovery">
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <Copy label="Recovery codes" text={codes.join('\n')} />
        <Button onClick={() => setCodes(null)}>I have them</Button>
      </div>
    );
  if (isOn)
    return (
      <form class="stack" onSubmit={remove}>
        <p>It is on: logging in takes a code of your app.</p>
        <Field label="Password" name="password" type="password" required autocomplete="current-password" />
        <Field label="Code, or a recovery code" name="code" required autocomplete="one-time-code" />
        {wrong}
        <Button kind="danger" type="submit">
          Turn it off
        </Button>
      </form>
    );
  if (prepared !== null)
    return (
      <form class="stack" onSubmit={confirm}>
        <p>
          Add this secret to an authenticator app, or <a href={prepared.uri}>open it in one on this device</a>
          . Then give the code that it shows.
        </p>
        <Copy label="Secret" text={prepared.secret} />
        <Field label="Code" name="code" required autocomplete="one-time-code" inputMode="numeric" />
        {wrong}
        <Button kind="primary" type="submit">
          Turn it on
        </Button>
      </form>
    );
  return (
    <form class="stack" onSubmit={prepare}>
      <p>It is off: the password alone logs you in.</p>
      <Field label="Password" name="password" type="password" required autocomplete="current-password" />
      {wrong}
      <Button type="submit">Turn it on</Button>
    </form>
  );
}
