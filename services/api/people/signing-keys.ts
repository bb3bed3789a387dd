import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { ACCESS_TOKEN_S } from './lifetimes.js';
import type { PeopleSecret } from './people-secret.js';
import type { StoredSigningKey } from './person.js';

const ALGORITHM = 'ES256';

/** A new key is made when the newest is older. */
export const ROTATE_AFTER_MS = 7 * 86_400_000;
/** A new key is known to everybody who verifies tokens, and who caches the JWKS, before it signs the first one. */
const PUBLISHED_BEFORE_MS = 600_000;
/** Keys are kept while a token may be good that they have signed; a day more costs nothing. */
const KEPT_MS = ROTATE_AFTER_MS + PUBLISHED_BEFORE_MS + ACCESS_TOKEN_S * 1_000 + 86_400_000;

/** How long others may cache the JWKS. */
export const JWKS_MAX_AGE_S = 300;

/** A key that signs. */
export interface SigningKey {
  /** RFC 7638. */
  readonly id: string;
  readonly privateKey: KeyObject;
}

interface OpenedKey extends SigningKey {
  readonly publicKey: KeyObject;
  readonly jwk: JWK;
  readonly createdAt: Millis;
}

/** Keys that were made before are removed when a new one is made. */
export function keepKeysSince(now: Millis): Millis {
  return now - KEPT_MS;
}

/** A new key, encrypted as it is stored. */
export async function makeSigningKey(secret: PeopleSecret, now: Millis): Promise<StoredSigningKey> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = privateKey.export({ format: 'jwk' });
  const { d: _, ...jwk } = own;
  const id = await calculateJwkThumbprint(jwk);
  const plain = Buffer.from(JSON.stringify(own));
  return {
    ...{ id, publicKey: { ...jwk, kid: id, alg: ALGORITHM, use: 'sig' } },
    ...{ privateKey: secret.seal(plain, aboutKey(id)), createdAt: now },
  };
}

/** The keys that access tokens are signed with and verified by. */
export class SigningKeys {
  #keys: readonly OpenedKey[] = [];

  /** Takes those that are stored, oldest first. @returns ids of those that cannot be decrypted, which are left out */
  async load(stored: readonly StoredSigningKey[], secret: PeopleSecret): Promise<string[]> {
    const known = new Map(this.#keys.map((key) => [key.id, key]));
    const opened: OpenedKey[] = [];
    const closed: string[] = [];
    for (const one of stored) {
      const key = known.get(one.id) ?? (await openKey(one, secret));
      if (key === null) closed.push(one.id);
      else opened.push(key);
    }
    this.#keys = opened;
    return closed;
  }

  /** The key to sign with: the newest that everybody knows by now, or else the oldest; null where there is none. */
  signer(now: Millis): SigningKey | null {
    const published = this.#keys.findLast(({ createdAt }) => createdAt <= now - PUBLISHED_BEFORE_MS);
    return published ?? this.#keys[0] ?? null;
  }

  /** As {@link signer}. @throws TactusError `TACTUS_DATABASE_UNAVAILABLE` where there is none yet */
  requireSigner(now: Millis): SigningKey {
    const key = this.signer(now);
    if (key !== null) return key;
    throw new TactusError(
      'TACTUS_DATABASE_UNAVAILABLE',
      'there is no key to sign with yet: the database was not reached',
    );
  }

  publicKey(id: string): KeyObject | null {
    return this.#keys.find((key) => key.id === id)?.publicKey ?? null;
  }

  /** Whether a new key is due. */
  isDue(now: Millis): boolean {
    const newest = this.#keys.at(-1);
    return newest === undefined || newest.createdAt <= now - ROTATE_AFTER_MS;
  }

  /** As RFC 7517 has it. */
  jwks(): { readonly keys: JWK[] } {
    return { keys: this.#keys.map(({ jwk }) => jwk) };
  }
}

async function openKey(
  { id, publicKey, privateKey, createdAt }: StoredSigningKey,
  secret: PeopleSecret,
): Promise<OpenedKey | null> {
  const plain = secret.open(privateKey, aboutKey(id));
  if (plain === null) return null;
  const own = JSON.parse(plain.toString('utf8')) as JWK;
  // The public part is that of the private key: who can write the table, and does not know the secret, brings in no key.
  const { d: _, ...open } = own;
  if ((await calculateJwkThumbprint(open)) !== id || publicKey.kid !== id) return null;
  const jwk: JWK = { ...open, kid: id, alg: ALGORITHM, use: 'sig' };
  return {
    ...{ id, jwk, createdAt },
    publicKey: createPublicKey({ key: open, format: 'jwk' }),
    privateKey: createPrivateKey({ key: own, format: 'jwk' }),
  };
}

function aboutKey(id: string): string {
  return `signing key ${id}`;
}
