import { link, rest } from '../../address/address.js';
import { may, mayForAll } from '../../api/session.js';
import { State } from '../../parts/states.js';
import { Tabs } from '../../parts/tabs.js';
import { Keys } from './keys.js';
import { Tenants } from './tenants.js';
import { Users } from './users.js';

/** Who and what may send and see: users, keys of programs, tenants. */
export default function Access() {
  const part = rest.value[0] ?? 'users';
  if (!may('admin'))
    return (
      <State icon="blocked" title="You may not see this">
        <p>Users, keys and tenants are for admins of the tenant.</p>
      </State>
    );
  const parts = [
    { path: 'users', text: 'Users' },
    { path: 'keys', text: 'Keys' },
    { path: 'tenants', text: mayForAll('admin') ? 'Tenants' : 'Tenant' },
  ];
  return (
    <div class="stack">
      <Tabs
        name="Access"
        items={parts.map(({ path, text }) => ({
          ...{ to: link(`/access/${path}`), text, isCurrent: path === part },
        }))}
      />
      {part === 'keys' ? <Keys /> : part === 'tenants' ? <Tenants /> : <Users />}
    </div>
  );
}
