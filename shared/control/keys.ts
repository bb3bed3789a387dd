import type { ApiKey } from '../../schemas/types.js';
import { keySecret } from '../config/key-secret.js';
import type { Millis } from '../core/clock.js';
import { isoTime } from '../core/iso-time.js';
import type { Scope } from '../ports/keys.js';
import type { AuditEntry } from '../runners/audit-trail.js';
import type { KeySecret } from '../security/key-secret.js';
import { makeKeyText } from '../security/key-text.js';
import { entryOf } from './audit-entry.js';
import type { ControlAccess } from './control-access.js';

/** `forged`: its MAC is wrong, and nobody takes it. */
export type KeyState = 'in force' | 'expired' | 'revoked' | 'forged';

export interface ListedKey {
  readonly key: ApiKey;
  readonly state: KeyState;
}

export interface NewKey {
  /** `*` for all. */
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly name: string;
  /** How long it is good for; null for ever. */
  readonly expires: Millis | null;
}

/** Makes a key. Waits for servers. */
export async function createKey(
  access: ControlAccess,
  wanted: NewKey,
): Promise<{ readonly key: ApiKey; readonly text: string }> {
  const secret = keySecret(access.config);
  const made = newKey(secret, wanted, access.clock.now());
  await write(access, [made.key], [entry(access, 'key.create', made.key)]);
  return made;
}

/**
 * All keys of the topic, oldest first. Waits for servers.
 *
 * @param unreadable is called with the id of each record that nobody can read, and why
 */
export async function listKeys(
  access: ControlAccess,
  unreadable?: (id: string, problem: string) => void,
): Promise<ListedKey[]> {
  return listed(access, [...(await access.latest('control.keys', unreadable))]);
}

/** Those of one tenant, oldest first: a MAC is computed of its records alone. Waits for servers. */
export async function listKeysOf(access: ControlAccess, tenantId: string): Promise<ListedKey[]> {
  const keys = [...(await access.latest('control.keys'))];
  return listed(
    access,
    keys.filter(([, key]) => key.tenantId === tenantId),
  );
}

/** Revokes a key for good; null where no key of that id is in force. Waits for servers. */
export async function revokeKey(access: ControlAccess, id: string): Promise<ApiKey | null> {
  const secret = keySecret(access.config);
  const key = await keyInForce(access, id);
  if (key === null) return null;
  const revoked = revokedOf(key, secret, access.clock.now());
  await write(access, [revoked], [entry(access, 'key.revoke', revoked)]);
  return revoked;
}

/**
 * Makes a key with the tenant, scopes, name and lifetime of another one, which is revoked at once or, with `graceMs`,
 * good for so much longer. Null where no key of that id is in force. Waits for servers.
 */
export async function rotateKey(
  access: ControlAccess,
  id: string,
  graceMs: Millis,
): Promise<{ readonly key: ApiKey; readonly text: string } | null> {
  const secret = keySecret(access.config);
  const old = await keyInForce(access, id);
  if (old === null) return null;
  const now = access.clock.now();
  const { tenantId: tenant, name, createdAt, expiresAt } = old;
  const expires = expiresAt === null ? null : expiresAt - createdAt;
  const made = newKey(secret, { tenant, scopes: old.scopes as Scope[], name, expires }, now);
  const ended =
    graceMs === 0
      ? revokedOf(old, secret, now)
      : secret.sealed({
          ...old,
          expiresAt: Math.min(old.expiresAt ?? Number.POSITIVE_INFINITY, now + graceMs),
        });
  await write(
    access,
    [made.key, ended],
    [
      entry(access, 'key.create', made.key),
      entry(access, graceMs === 0 ? 'key.revoke' : 'key.expire', ended),
    ],
  );
  return made;
}

/** A record as it is once the key is revoked. */
export function revokedOf(key: ApiKey, secret: KeySecret, now: Millis): ApiKey {
  return secret.sealed({ ...key, revokedAt: now });
}

/** What `audit` says of a change of a key. */
export function entry(
  access: Pick<ControlAccess, 'user'>,
  action: string,
  { id, tenantId, scopes, name, expiresAt }: ApiKey,
): AuditEntry {
  const expires = expiresAt === null ? 'never' : isoTime(expiresAt);
  return entryOf(access, action, tenantId, `key/${id}`, { scopes: scopes.join(','), name, expires });
}

function newKey(
  secret: KeySecret,
  { tenant: tenantId, scopes, name, expires }: NewKey,
  now: Millis,
): { readonly key: ApiKey; readonly text: string } {
  const { id, text } = makeKeyText();
  const expiresAt = expires === null ? null : now + expires;
  const key = secret.sealed({
    ...{ id, hash: secret.hashOf(text), tenantId, scopes: [...scopes], name },
    ...{ createdAt: now, expiresAt, revokedAt: null },
  });
  return { key, text };
}

function listed(access: ControlAccess, keys: readonly (readonly [id: string, key: ApiKey])[]): ListedKey[] {
  const secret = keySecret(access.config);
  const now = access.clock.now();
  return keys
    .map(([id, key]) => ({ key, state: stateOf(id, key, secret, now) }))
    .sort((a, b) => a.key.createdAt - b.key.createdAt);
}

function stateOf(id: string, key: ApiKey, secret: KeySecret, now: Millis): KeyState {
  if (key.id !== id || !secret.isSealed(key)) return 'forged';
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && key.expiresAt <= now ? 'expired' : 'in force';
}

async function keyInForce(access: ControlAccess, id: string): Promise<ApiKey | null> {
  const key = (await access.latest('control.keys')).get(id);
  if (key === undefined) return null;
  const state = stateOf(id, key, keySecret(access.config), access.clock.now());
  return state === 'in force' ? key : null;
}

async function write(
  access: ControlAccess,
  keys: readonly ApiKey[],
  entries: readonly AuditEntry[],
): Promise<void> {
  const changes = keys.map((value) => ({ topic: 'control.keys', key: value.id, value }) as const);
  await access.write({ changes, entries });
}
