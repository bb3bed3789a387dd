import { useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import { saidOf } from '../../api/problem.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Copy } from '../../parts/copy.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Choice, Field } from '../../parts/field.js';
import { Ago, Moment } from '../../parts/moment.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { failed, said } from '../../parts/toasts.js';
import { onceKey } from './store.js';

const LENGTHS = [
  { value: '1h', text: 'One hour' },
  { value: '1d', text: 'One day' },
  { value: '7d', text: 'One week' },
  { value: '30d', text: '30 days' },
  { value: '90d', text: '90 days' },
] as const;
type Length = (typeof LENGTHS)[number]['value'];

/** Links by which anybody reads one dashboard: made, listed, revoked. */
export function ShareDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const path = { id };
  const shares = useResource(
    (signal) => call('GET /dashboards/{id}/shares', { path, query: {}, signal }),
    [id, tenant.value],
    { keeps: true },
  );
  const [length, setLength] = useState<Length>('7d');
  const [made, setMade] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);

  const make = async (comment: string) => {
    setError(null);
    try {
      const body = { for: length, ...(comment !== '' && { comment }) };
      const share = await call('POST /dashboards/{id}/shares', {
        ...{ path, query: {}, body, idempotencyKey: onceKey() },
      });
      setMade(`${window.location.origin}${share.path ?? ''}`);
      shares.reload();
    } catch (problem) {
      setError(saidOf(problem));
    }
  };
  const revoke = async (shareId: string) => {
    try {
      await call('DELETE /dashboards/{id}/shares/{shareId}', { path: { id, shareId }, query: {} });
      said('Revoked: it shows nothing more.');
      shares.reload();
    } catch (problem) {
      failed('Not revoked', problem);
    }
  };
  return (
    <Dialog title="Share by a link" isWide onClose={onClose}>
      <p>Whoever has the link sees this dashboard without logging in, and nothing else, until it expires.</p>
      <form
        class="bar share-form"
        onSubmit={(event) => {
          event.preventDefault();
          void make(String(new FormData(event.currentTarget).get('comment')).trim());
        }}
      >
        <Choice label="Good for" value={length} options={LENGTHS} onChoice={setLength} />
        <Field label="What it is for" name="comment" maxLength={200} />
        <Button kind="primary" icon="link" type="submit">
          Make a link
        </Button>
      </form>
      <ErrorNote error={error} />
      {made !== null && (
        <div class="stack" role="status">
          <p>Copy it now: it is not shown again.</p>
          <Copy text={made} label="Link to the dashboard" />
        </div>
      )}
      <Loaded
        of={shares}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title="There are no links to it" />}
      >
        {({ items }) => (
          <Table
            name="Links"
            rows={items}
            keyOf={(share) => share.id}
            columns={[
              { name: 'For', cell: ({ comment }) => comment || '–' },
              { name: 'Made by', cell: ({ createdBy }) => createdBy },
              { name: 'Good until', cell: ({ expiresAt }) => <Moment at={expiresAt} /> },
              {
                name: 'Last opened',
                cell: ({ usedAt }) => (usedAt === null ? 'never' : <Ago at={usedAt} />),
              },
              {
                name: 'Actions',
                cell: (share) => (
                  <Button isSmall kind="danger" onClick={() => void revoke(share.id)}>
                    Revoke
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      <DialogFoot>
        <Button onClick={onClose}>Close</Button>
      </DialogFoot>
    </Dialog>
  );
}
