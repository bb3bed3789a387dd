import { useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import type { User } from '../../api/operations.js';
import { saidOf } from '../../api/problem.js';
import { useResource } from '../../api/resource.js';
import { type Role, user as self, tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Confirm } from '../../parts/confirm.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Choice, Field } from '../../parts/field.js';
import { Menu, MenuItem } from '../../parts/menu.js';
import { Ago } from '../../parts/moment.js';
import { useMore } from '../../parts/more.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { Tag } from '../../parts/tag.js';
import { failed, said } from '../../parts/toasts.js';

const LIMIT = 100;
const ROLES: readonly { readonly value: Role; readonly text: string }[] = [
  { value: 'viewer', text: 'viewer: sees' },
  { value: 'operator', text: 'operator: sees, and acts on alerts, rules, dashboards' },
  { value: 'admin', text: 'admin: all of it, and users and keys' },
];

type Asked =
  | { readonly is: 'add' }
  | { readonly is: 'role' | 'password' | 'remove' | 'sessions' | 'factor'; readonly of: User };

/** People of the tenant and their roles. */
export function Users() {
  const [asked, setAsked] = useState<Asked | null>(null);
  const of = tenant.value ?? '';
  const users = useResource((signal) => call('GET /users', { query: { limit: LIMIT }, signal }), [of]);
  const more = useMore(users.data, (cursor) => call('GET /users', { query: { limit: LIMIT, cursor } }), [
    users.loadedAt,
  ]);
  const close = () => setAsked(null);
  const done = (text: string) => {
    said(text);
    users.reload();
  };
  return (
    <Card
      title="Users"
      note={`of ${of}`}
      actions={
        <Button icon="plus" onClick={() => setAsked({ is: 'add' })}>
          Add a user
        </Button>
      }
    >
      <Loaded
        of={users}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title="No users yet">Add the first one, who logs in with a password.</Empty>}
      >
        {() => (
          <>
            <Table
              name="Users"
              rows={more.items}
              keyOf={({ id }) => id}
              columns={[
                { name: 'Name', cell: ({ name }) => name, by: ({ name }) => name },
                {
                  name: 'Role',
                  cell: ({ roles }) => <Tag>{roles[of] ?? roles['*'] ?? '–'}</Tag>,
                  by: ({ roles }) => roles[of] ?? null,
                },
                { name: 'Second factor', cell: ({ secondFactor }) => (secondFactor ? 'on' : 'off') },
                {
                  name: 'Last login',
                  cell: ({ lastLoginAt }) => (lastLoginAt === null ? 'never' : <Ago at={lastLoginAt} />),
                  by: ({ lastLoginAt }) => lastLoginAt,
                },
                {
                  name: 'Actions',
                  cell: (one) => <Actions of={one} onChoice={setAsked} />,
                },
              ]}
            />
            {more.button}
          </>
        )}
      </Loaded>
      {asked?.is === 'add' && (
        <UserForm
          title="Add a user"
          has={['name', 'password', 'role']}
          onClose={close}
          onSubmit={async ({ name, password, role }) => {
            await call('POST /users', { query: {}, body: { name, password, role } });
            done(`${name} may log in as ${role}.`);
          }}
        />
      )}
      {asked?.is === 'role' && (
        <UserForm
          title={`Role of ${asked.of.name}`}
          has={['role']}
          role={asked.of.roles[of] ?? 'viewer'}
          onClose={close}
          onSubmit={async ({ role }) => {
            await call('PUT /users/{id}', { path: { id: asked.of.id }, query: {}, body: { role } });
            done(`${asked.of.name} is ${role} now.`);
          }}
        />
      )}
      {asked?.is === 'password' && (
        <UserForm
          title={`New password of ${asked.of.name}`}
          has={['password']}
          onClose={close}
          onSubmit={async ({ password }) => {
            await call('PUT /users/{id}/password', {
              ...{ path: { id: asked.of.id }, query: {}, body: { password } },
            });
            done(`${asked.of.name} has a new password; their logins have ended.`);
          }}
        />
      )}
      {asked?.is === 'remove' && (
        <Confirm
          title={`Remove ${asked.of.name}`}
          action="Remove"
          onClose={close}
          onConfirm={async () => {
            await call('DELETE /users/{id}', { path: { id: asked.of.id }, query: {} });
            done(`${asked.of.name} has no role in ${of} any more.`);
          }}
        >
          <p>
            {asked.of.name} loses the role in {of} within two seconds.
          </p>
        </Confirm>
      )}
      {asked?.is === 'sessions' && (
        <Confirm
          title={`End the logins of ${asked.of.name}`}
          action="End all logins"
          onClose={close}
          onConfirm={async () => {
            await call('DELETE /users/{id}/sessions', { path: { id: asked.of.id }, query: {} });
            done(`The logins of ${asked.of.name} have ended.`);
          }}
        >
          <p>They have to log in again in each browser.</p>
        </Confirm>
      )}
      {asked?.is === 'factor' && (
        <Confirm
          title={`Second factor of ${asked.of.name}`}
          action="Turn it off"
          onClose={close}
          onConfirm={async () => {
            await call('DELETE /users/{id}/totp', { path: { id: asked.of.id }, query: {} });
            done(`${asked.of.name} logs in with the password alone.`);
          }}
        >
          <p>
            For somebody who has lost their device. They log in with the password alone until they turn it on
            again.
          </p>
        </Confirm>
      )}
    </Card>
  );
}

function Actions({ of, onChoice }: { readonly of: User; readonly onChoice: (asked: Asked) => void }) {
  const isSelf = of.name === self.value?.name;
  return (
    <Menu label={`Actions for ${of.name}`} kind="quiet" button="Change">
      {(close) => {
        const item = (is: Exclude<Asked['is'], 'add'>, text: string) => (
          <MenuItem
            onClick={() => {
              close();
              onChoice({ is, of });
            }}
          >
            {text}
          </MenuItem>
        );
        return (
          <>
            {item('role', 'Change the role')}
            {item('password', 'Set a password')}
            {item('sessions', 'End all logins')}
            {of.secondFactor && item('factor', 'Turn the second factor off')}
            {!isSelf && item('remove', 'Remove')}
          </>
        );
      }}
    </Menu>
  );
}

interface Entered {
  readonly name: string;
  readonly password: string;
  readonly role: Role;
}

interface UserFormProps {
  readonly title: string;
  readonly has: readonly (keyof Entered)[];
  readonly role?: Role;
  readonly onClose: () => void;
  readonly onSubmit: (entered: Entered) => Promise<void>;
}

function UserForm({ title, has, role: before = 'viewer', onClose, onSubmit }: UserFormProps) {
  const [entered, setEntered] = useState<Entered>({ name: '', password: '', role: before });
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      await onSubmit({ ...entered, name: entered.name.trim() });
      onClose();
    } catch (refused) {
      setError(saidOf(refused));
      failed(title, refused);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        {has.includes('name') && (
          <Field
            label="Name"
            required
            autocomplete="off"
            value={entered.name}
            onInput={({ currentTarget }) => setEntered({ ...entered, name: currentTarget.value })}
          />
        )}
        {has.includes('password') && (
          <Field
            label="Password"
            type="password"
            required
            minLength={8}
            autocomplete="new-password"
            hint="8 characters at least; they can change it in their settings."
            value={entered.password}
            onInput={({ currentTarget }) => setEntered({ ...entered, password: currentTarget.value })}
          />
        )}
        {has.includes('role') && (
          <Choice
            label="Role"
            value={entered.role}
            options={ROLES}
            onChoice={(role) => setEntered({ ...entered, role })}
          />
        )}
        <ErrorNote error={error} />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit">
            Save
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
