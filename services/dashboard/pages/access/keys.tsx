import { useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import type { Key } from '../../api/operations.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Confirm } from '../../parts/confirm.js';
import { Ago, Moment } from '../../parts/moment.js';
import { useMore } from '../../parts/more.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { Tag } from '../../parts/tag.js';
import { said } from '../../parts/toasts.js';
import { NewKey, ShownKey } from './new-key.js';

const LIMIT = 100;

/** Keys of programs, for what they send and read. */
export function Keys() {
  const [isNew, setNew] = useState(false);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const [rotating, setRotating] = useState<Key | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const keys = useResource(
    (signal) => call('GET /keys', { query: { limit: LIMIT }, signal }),
    [tenant.value],
  );
  const more = useMore(keys.data, (cursor) => call('GET /keys', { query: { limit: LIMIT, cursor } }), [
    keys.loadedAt,
  ]);
  return (
    <Card
      title="Keys"
      note={`of ${tenant.value}`}
      actions={
        <Button icon="plus" onClick={() => setNew(true)}>
          Make a key
        </Button>
      }
    >
      <Loaded
        of={keys}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title="No keys yet">Make one for each program that sends or reads.</Empty>}
      >
        {() => (
          <>
            <Table
              name="Keys"
              rows={more.items}
              keyOf={({ id }) => id}
              columns={[
                { name: 'Name', cell: ({ name, id }) => name || id, by: ({ name }) => name },
                {
                  name: 'May',
                  cell: ({ scopes }) => (
                    <span class="bar">
                      {scopes.map((scope) => (
                        <Tag key={scope}>{scope}</Tag>
                      ))}
                    </span>
                  ),
                },
                {
                  name: 'State',
                  cell: ({ state }) => <Tag tone={state === 'in force' ? 'ok' : 'bad'}>{state}</Tag>,
                  by: ({ state }) => state,
                },
                {
                  name: 'Made',
                  cell: ({ createdAt }) => <Ago at={createdAt} />,
                  by: ({ createdAt }) => createdAt,
                },
                {
                  name: 'Expires',
                  cell: ({ expiresAt }) => (expiresAt === null ? 'never' : <Moment at={expiresAt} />),
                },
                {
                  name: 'Actions',
                  cell: (key) =>
                    key.state === 'in force' && (
                      <span class="bar">
                        <Button isSmall onClick={() => setRotating(key)}>
                          Rotate
                        </Button>
                        <Button isSmall kind="danger" onClick={() => setRevoking(key)}>
                          Revoke
                        </Button>
                      </span>
                    ),
                },
              ]}
            />
            {more.button}
          </>
        )}
      </Loaded>
      {isNew && (
        <NewKey
          onClose={() => setNew(false)}
          onMade={(key) => {
            setNew(false);
            setShown(key);
            keys.reload();
          }}
        />
      )}
      {shown !== null && <ShownKey value={shown} onClose={() => setShown(null)} />}
      {rotating !== null && (
        <Confirm
          title={`Rotate ${rotating.name || rotating.id}`}
          action="Make the next key"
          onClose={() => setRotating(null)}
          onConfirm={async () => {
            const { key } = await call('POST /keys/{id}/rotate', {
              ...{ path: { id: rotating.id }, query: {}, body: { grace: '1d' } },
            });
            setShown(key);
            keys.reload();
          }}
        >
          <p>
            A new key with the same rights is made. The old one goes on for a day, so that programs can change
            over.
          </p>
        </Confirm>
      )}
      {revoking !== null && (
        <Confirm
          title={`Revoke ${revoking.name || revoking.id}`}
          action="Revoke"
          onClose={() => setRevoking(null)}
          onConfirm={async () => {
            await call('DELETE /keys/{id}', { path: { id: revoking.id }, query: {} });
            said('The key is revoked: within two seconds it is refused everywhere.');
            keys.reload();
          }}
        >
          <p>Programs that use it are refused within two seconds. This cannot be undone.</p>
        </Confirm>
      )}
    </Card>
  );
}
