import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { unreadable } from '../../../shared/files/read-text.js';
import { readSecret } from '../../../shared/files/secret.js';
import { ALL_TENANTS } from '../../../shared/ports/keys.js';
import { MOST_USERS } from './most-users.js';
import { isAllowedPassword, PASSWORD_ALLOWED, type Passwords } from './passwords.js';
import type { PeopleAudit } from './people-audit.js';
import type { PeopleStore } from './people-store.js';
import type { Person } from './person.js';
import { nameKeyOf } from './user-name.js';

const FIRST_ADMIN = 'admin';
const VARIABLE = 'TACTUS_API_ADMIN_PASSWORD_FILE';

/**
 * The password of the first admin; null where none is to be made.
 *
 * @param path of the file; empty for none
 * @throws TactusError `TACTUS_CONFIG_INVALID` for a file that cannot be read, or has a password that is not allowed
 */
export function firstAdminPassword(path: string): string | null {
  if (path === '') return null;
  let password: string;
  try {
    password = readSecret(path);
  } catch (error) {
    throw refused(`must be the path of a file: value was ${JSON.stringify(path)}, and ${unreadable(error)}`);
  }
  if (!isAllowedPassword(password, FIRST_ADMIN))
    throw refused(`must be a file with a password: ${PASSWORD_ALLOWED}`);
  return password;
}

/** Adds the user `admin` of all tenants, for who has no other way to add the first one. Leaves one alone that there is: also its password. */
export async function addFirstAdmin(
  password: string,
  parts: {
    readonly store: PeopleStore;
    readonly passwords: Passwords;
    readonly audit: PeopleAudit;
    readonly clock: Clock;
  },
): Promise<boolean> {
  const { store, passwords, audit, clock } = parts;
  if ((await store.personByName(FIRST_ADMIN)) !== null) return false;
  const [id, passwordHash] = [randomUUID(), await passwords.hash(password)];
  const roles = { [ALL_TENANTS]: 'admin' } as const;
  // Another process may be first.
  if (
    !(await store.add({
      id,
      name: FIRST_ADMIN,
      nameKey: FIRST_ADMIN,
      passwordHash,
      roles,
      createdAt: clock.now(),
    }))
  )
    return false;
  audit.done(
    'user.add',
    null,
    `user/${id}`,
    { resource: VARIABLE, from: '' },
    { name: FIRST_ADMIN, role: 'admin' },
  );
  return true;
}

/**
 * An admin of all tenants: the user `admin`, or else the first by name. Where there is none, `admin` is added, without a password.
 *
 * @returns null where a user of that name has another role
 */
export async function anyAdmin(
  store: PeopleStore,
  clock: Clock,
): Promise<{ readonly person: Person | null; readonly isAdded: boolean }> {
  const people = await store.list([ALL_TENANTS], null, MOST_USERS);
  const admins = people.filter(isAdminOfAll);
  const found = admins.find(({ name }) => nameKeyOf(name) === FIRST_ADMIN) ?? admins[0];
  if (found !== undefined) return { person: found, isAdded: false };
  const id = randomUUID();
  const roles = { [ALL_TENANTS]: 'admin' } as const;
  await store.add({
    ...{ id, name: FIRST_ADMIN, nameKey: FIRST_ADMIN, passwordHash: null, roles, createdAt: clock.now() },
  });
  const person = await store.personByName(FIRST_ADMIN);
  return { person: person !== null && isAdminOfAll(person) ? person : null, isAdded: person?.id === id };
}

function isAdminOfAll({ roles }: Person): boolean {
  return roles[ALL_TENANTS] === 'admin';
}

function refused(why: string): TactusError {
  return new TactusError('TACTUS_CONFIG_INVALID', `${VARIABLE} (api.adminPasswordFile): ${why}`);
}
