import { timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import {
  ALL_TENANTS,
  type KeyRefusal,
  type Principal,
  type RefusalReason,
  SCOPES,
  type Scope,
} from '../ports/keys.js';
import type { KeySecret } from './key-secret.js';
import { keyIdOf } from './key-text.js';

/** Most keys that are known, those that are expired or revoked included: some 500 bytes each. */
export const MAX_KEYS = 100_000;

const MESSAGES: Readonly<Record<Exclude<RefusalReason, 'scope' | 'tenant'>, string>> = {
  malformed:
    'this is no key, or it was mistyped: it begins with tactus_ and ends with a checksum that does not fit',
  unknown: 'no such key is known here: `tactus keys ls` shows those that are',
  expired: 'the key has expired: `tactus keys create` makes another',
  revoked: 'the key was revoked: `tactus keys create` makes another',
};
/** What the hash of a key that there is not is compared with. */
const NO_HASH = Buffer.alloc(32);

interface Entry {
  readonly hash: Buffer;
  readonly principal: Principal;
  readonly expiresAt: Millis;
  readonly revoked: boolean;
}

/** The keys of `control.keys`. */
export class KeyRing {
  readonly #keys = new Map<string, Entry>();

  constructor(private readonly secret: KeySecret) {}

  get size(): number {
    return this.#keys.size;
  }

  /**
   * The latest record of an id; null removes the key. What is ignored changes nothing: somebody who can write the topic
   * and does not know the secret makes no key, gives none more scopes, and brings back none that this process knows to be
   * revoked: that one is remembered although its record is gone.
   *
   * @returns why the record is ignored; null where it is not
   */
  changed(id: string, record: ApiKey | null): string | null {
    if (record === null) {
      if (this.#keys.get(id)?.revoked !== true) this.#keys.delete(id);
      return null;
    }
    if (record.id !== id) return 'it has the id of another key';
    if (!this.secret.isSealed(record))
      return 'its MAC is wrong: it was not written by who knows TACTUS_KEYS_SECRET, or that is another one here';
    const known = this.#keys.get(id);
    const revoked = record.revokedAt !== null;
    if (known?.revoked === true && !revoked) return 'the key was revoked, which is final';
    if (known === undefined && this.#keys.size >= MAX_KEYS) return `at most ${MAX_KEYS} keys are allowed`;
    this.#keys.set(id, {
      hash: Buffer.from(record.hash),
      principal: { keyId: id, tenantId: record.tenantId, scopes: scopesOf(record) },
      expiresAt: record.expiresAt ?? Number.POSITIVE_INFINITY,
      revoked,
    });
    return null;
  }

  verify(presented: string, now: Millis): Principal | KeyRefusal {
    const id = keyIdOf(presented);
    if (id === null) return refusal('malformed', null);
    const hash = this.secret.hashOf(presented);
    const entry = this.#keys.get(id);
    const equal = timingSafeEqual(hash, entry?.hash ?? NO_HASH);
    // Whether an id is known, whoever does not have the key is not to find out.
    if (entry === undefined || !equal) return refusal('unknown', null);
    if (entry.revoked) return refusal('revoked', id);
    return now >= entry.expiresAt ? refusal('expired', id) : entry.principal;
  }
}

/** Which tenant a key may be used for; see `KeyVerifier.authorize`. */
export function authorized(
  { keyId, tenantId: own, scopes }: Principal,
  scope: Scope,
  tenantId: string | null,
): { readonly tenantId: string } | KeyRefusal {
  if (!scopes.has(scope) && !scopes.has('admin'))
    return { refused: 'scope', message: `the key does not include the scope ${scope}`, keyId };
  if (own === ALL_TENANTS) {
    if (tenantId !== null) return { tenantId };
    return { refused: 'tenant', message: 'the key is for all tenants: the request must name one', keyId };
  }
  if (tenantId === null || tenantId === own) return { tenantId: own };
  return { refused: 'tenant', message: 'the key is for another tenant', keyId };
}

function refusal(refused: keyof typeof MESSAGES, keyId: string | null): KeyRefusal {
  return { refused, message: MESSAGES[refused], keyId };
}

/** Those that this build knows; a later one may know more. */
function scopesOf({ scopes }: ApiKey): ReadonlySet<Scope> {
  return new Set(SCOPES.filter((scope) => scopes.includes(scope)));
}
