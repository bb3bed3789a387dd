import { useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import { saidOf } from '../../api/problem.js';
import { Button } from '../../parts/button.js';
import { Copy } from '../../parts/copy.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Choice, Field } from '../../parts/field.js';

const SCOPES = [
  { scope: 'write:metrics', does: 'send metrics' },
  { scope: 'write:events', does: 'send events' },
  { scope: 'read', does: 'read everything of the tenant' },
  { scope: 'operate', does: 'also acknowledge, silence, change rules and dashboards' },
  { scope: 'admin', does: 'also change keys and users' },
] as const;
type Scope = (typeof SCOPES)[number]['scope'];

const LIFETIMES = [
  { value: '30d', text: '30 days' },
  { value: '90d', text: '90 days' },
  { value: '365d', text: 'a year' },
  { value: '', text: 'until it is revoked' },
] as const;

interface NewKeyProps {
  readonly onClose: () => void;
  readonly onMade: (key: string | null) => void;
}

/** Asks what a key is for, and makes it. */
export function NewKey({ onClose, onMade }: NewKeyProps) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(['write:metrics']);
  const [expires, setExpires] = useState<string>('90d');
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const { key } = await call('POST /keys', {
        query: {},
        body: { name: name.trim(), scopes, ...(expires !== '' && { expires }) },
      });
      onMade(key);
    } catch (failed) {
      setError(saidOf(failed));
    }
  };
  return (
    <Dialog title="Make a key" onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <Field
          label="Name"
          required
          placeholder="checkout service"
          value={name}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
        <fieldset class="stack choices">
          <legend class="field-name">It may</legend>
          {SCOPES.map(({ scope, does }) => (
            <label key={scope} class="bar">
              <input
                type="checkbox"
                checked={scopes.includes(scope)}
                onChange={({ currentTarget: { checked } }) =>
                  setScopes(
                    SCOPES.map((one) => one.scope).filter((one) =>
                      one === scope ? checked : scopes.includes(one),
                    ),
                  )
                }
              />
              {does}
            </label>
          ))}
        </fieldset>
        <Choice label="Good for" value={expires} options={LIFETIMES} onChoice={setExpires} />
        <ErrorNote error={error} />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={scopes.length === 0}>
            Make the key
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

/** A key, which is shown this once. */
export function ShownKey({ value, onClose }: { readonly value: string; readonly onClose: () => void }) {
  return (
    <Dialog title="Your key" onClose={onClose}>
      <p>It is shown this once and stored nowhere. Copy it to where the program finds it.</p>
      <Copy label="Key" text={value} />
      <DialogFoot>
        <Button kind="primary" onClick={onClose}>
          I have it
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
