import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '../../schemas/types.js';
import { derivedKey } from './derived-key.js';

/** What the installation's secret is used for. */
const USES = { hash: 'tactus api key, hash, 1', record: 'tactus api key, record, 1' };

/** Computes and checks, under the secret of the installation, what records of keys hold. */
export class KeySecret {
  readonly #hash: KeyObject;
  readonly #record: KeyObject;

  constructor(secret: string) {
    const derived = (use: string) => createSecretKey(derivedKey(secret, use));
    this.#hash = derived(USES.hash);
    this.#record = derived(USES.record);
  }

  /** The only thing that is kept of a key. */
  hashOf(text: string): Buffer {
    return createHmac('sha256', this.#hash).update(text).digest();
  }

  /** The record with its MAC. */
  sealed(record: Omit<ApiKey, 'mac'>): ApiKey {
    return { ...record, mac: this.#macOf(record) };
  }

  /** False for a record that was made or changed by somebody who does not know the secret. */
  isSealed(record: ApiKey): boolean {
    const mac = this.#macOf(record);
    return record.mac.length === mac.length && timingSafeEqual(record.mac, mac);
  }

  #macOf({ id, hash, tenantId, scopes, name, createdAt, expiresAt, revokedAt }: Omit<ApiKey, 'mac'>): Buffer {
    // As JSON no two records have the same text.
    const text = JSON.stringify([
      ...[id, hash.toString('base64'), tenantId, scopes, name, createdAt, expiresAt, revokedAt],
    ]);
    return createHmac('sha256', this.#record).update(text).digest();
  }
}
