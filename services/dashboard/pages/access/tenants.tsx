import { useState } from 'preact/hooks';
import { link } from '../../address/address.js';
import { call } from '../../api/call.js';
import type { Tenant } from '../../api/operations.js';
import { ApiProblem, saidOf } from '../../api/problem.js';
import { useResource } from '../../api/resource.js';
import { mayForAll, tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Confirm } from '../../parts/confirm.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { Area, Field } from '../../parts/field.js';
import { useMore } from '../../parts/more.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { Tag } from '../../parts/tag.js';
import { said } from '../../parts/toasts.js';

const LIMIT = 100;

/** Tenants that are set up, with quotas and what else is theirs; to an admin of one, that one. */
export function Tenants() {
  return mayForAll('admin') ? <AllTenants /> : <OwnTenant />;
}

function OwnTenant() {
  const id = tenant.value ?? '';
  const own = useResource(
    async (signal) => {
      try {
        return await call('GET /tenants/{tenantId}', { path: { tenantId: id }, signal });
      } catch (error) {
        // One that nobody has set up has what all have.
        if (error instanceof ApiProblem && error.isNotFound) return 'as others' as const;
        throw error;
      }
    },
    [id],
  );
  return (
    <Card title={id}>
      <Loaded of={own}>
        {(found) =>
          found === 'as others' ? (
            <p>Nothing is set for this tenant alone: it has the quotas that all have.</p>
          ) : (
            <Profile of={found} />
          )
        }
      </Loaded>
    </Card>
  );
}

function Profile({ of: { profile, problem } }: { readonly of: Tenant }) {
  return (
    <div class="stack">
      {problem !== null && <p class="note is-bad">{problem}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <pre tabIndex={0}>{JSON.stringify(profile, null, 2)}</pre>
    </div>
  );
}

function AllTenants() {
  const [editing, setEditing] = useState<Tenant | 'new' | null>(null);
  const [removing, setRemoving] = useState<Tenant | null>(null);
  const tenants = useResource(
    (signal) => call('GET /tenants', { query: { limit: LIMIT }, signal, ofTenant: false }),
    [],
  );
  const more = useMore(
    tenants.data,
    (cursor) => call('GET /tenants', { query: { limit: LIMIT, cursor }, ofTenant: false }),
    [tenants.loadedAt],
  );
  return (
    <Card
      title="Tenants"
      note="that something is set for"
      actions={
        <Button icon="plus" onClick={() => setEditing('new')}>
          Set up a tenant
        </Button>
      }
    >
      <Loaded
        of={tenants}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No tenant is set up">
            <p>
              Tenants need not be: one is there as soon as something is sent for it. Set one up to give it
              quotas of its own.
            </p>
          </Empty>
        }
      >
        {() => (
          <>
            <Table
              name="Tenants"
              rows={more.items}
              keyOf={({ id }) => id}
              columns={[
                {
                  name: 'Tenant',
                  cell: ({ id }) => <a href={link('/', { tenant: id })}>{id}</a>,
                  by: ({ id }) => id,
                },
                {
                  name: 'Set',
                  cell: ({ profile, problem }) =>
                    problem === null ? (
                      Object.keys(profile).join(', ') || 'nothing'
                    ) : (
                      <Tag tone="bad">{problem}</Tag>
                    ),
                },
                {
                  name: 'Where',
                  cell: ({ readOnly }) => (readOnly ? 'TENANTS_FILE' : 'here'),
                  by: ({ readOnly }) => String(readOnly),
                },
                {
                  name: 'Actions',
                  cell: (one) => (
                    <span class="bar">
                      <Button isSmall onClick={() => setEditing(one)}>
                        {one.readOnly ? 'Show' : 'Change'}
                      </Button>
                      {!one.readOnly && (
                        <Button isSmall kind="danger" onClick={() => setRemoving(one)}>
                          Remove
                        </Button>
                      )}
                    </span>
                  ),
                },
              ]}
            />
            {more.button}
          </>
        )}
      </Loaded>
      {editing !== null && (
        <TenantForm of={editing} onClose={() => setEditing(null)} onSaved={tenants.reload} />
      )}
      {removing !== null && (
        <Confirm
          title={`Remove ${removing.id}`}
          action="Remove"
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            const { keys, rules, silences } = await call('DELETE /tenants/{tenantId}', {
              ...{ path: { tenantId: removing.id }, ofTenant: false },
            });
            said(`Removed, with ${keys.length} keys, ${rules.length} rules and ${silences} silences.`);
            tenants.reload();
          }}
        >
          <p>Its keys, rules and silences go at once; what is stored of it goes with retention.</p>
        </Confirm>
      )}
    </Card>
  );
}

interface TenantFormProps {
  readonly of: Tenant | 'new';
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

function TenantForm({ of, onClose, onSaved }: TenantFormProps) {
  const [id, setId] = useState(of === 'new' ? '' : of.id);
  const [text, setText] = useState(
    of === 'new' ? '{\n  "quotas": { "pointsPerSecond": 1000 }\n}' : JSON.stringify(of.profile, null, 2),
  );
  const [error, setError] = useState<string | null>(null);
  const isReadOnly = of !== 'new' && of.readOnly;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const body = JSON.parse(text) as Record<string, unknown>;
      await call('PUT /tenants/{tenantId}', { path: { tenantId: id.trim() }, body, ofTenant: false });
      said(`${id.trim()} is set up.`);
      onSaved();
      onClose();
    } catch (failed) {
      setError(saidOf(failed));
    }
  };
  return (
    <Dialog title={of === 'new' ? 'Set up a tenant' : of.id} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        {of === 'new' && (
          <Field
            label="Tenant"
            required
            value={id}
            onInput={({ currentTarget }) => setId(currentTarget.value)}
          />
        )}
        <Area
          label="What is set"
          isCode
          rows={12}
          readOnly={isReadOnly}
          hint={
            isReadOnly
              ? 'Set in TENANTS_FILE, and changed there alone.'
              : 'As in TENANTS_FILE: quotas and what else is different for this tenant.'
          }
          error={error}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <DialogFoot>
          <Button onClick={onClose}>{isReadOnly ? 'Close' : 'Cancel'}</Button>
          {!isReadOnly && (
            <Button kind="primary" type="submit">
              Save
            </Button>
          )}
        </DialogFoot>
      </form>
    </Dialog>
  );
}
