import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { keySecretText } from '../../../shared/config/key-secret.js';
import type { Config } from '../../../shared/config/load.js';
import { TactusError } from '../../../shared/core/errors.js';
import { derivedKey } from '../../../shared/security/derived-key.js';

/** What the secret of the installation is used for. */
const USES = {
  id: 'tactus people, id, 1',
  seal: 'tactus people, seal, 1',
  refresh: 'tactus people, refresh, 1',
  device: 'tactus people, device, 1',
  recovery: 'tactus people, recovery, 1',
} as const;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts what the database keeps of people, and signs what browsers keep, under the secret of the installation. */
export class PeopleSecret {
  /** Names the secret, and gives nothing of it away. */
  readonly id: string;
  readonly #derived: (use: keyof typeof USES) => Buffer;

  constructor(secret: string) {
    this.#derived = (use) => derivedKey(secret, USES[use]);
    this.id = this.#derived('id').toString('hex', 0, 8);
  }

  /** Encrypts; `about` says whose it is, and must be the same to decrypt it. Nonce, ciphertext, tag. */
  seal(plain: Uint8Array, about: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#derived('seal'), nonce).setAAD(Buffer.from(about));
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** Null for what was sealed under another secret, about something else, or was changed. */
  open(sealed: Buffer, about: string): Buffer | null {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, this.#derived('seal'), sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(end));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
    } catch {
      return null;
    }
  }

  /** HMAC-SHA-256 of a text. */
  mac(use: 'refresh' | 'device' | 'recovery', text: string): Buffer {
    return createHmac('sha256', this.#derived(use)).update(text).digest();
  }

  isMac(use: 'refresh' | 'device', text: string, mac: Buffer): boolean {
    const right = this.mac(use, text);
    return mac.length === right.length && timingSafeEqual(mac, right);
  }
}

/** @throws TactusError `TACTUS_CONFIG_INVALID` without the secret of the installation */
export function peopleSecret(config: Config): PeopleSecret {
  const text = keySecretText(config);
  if (text !== null) return new PeopleSecret(text);
  throw new TactusError(
    'TACTUS_CONFIG_INVALID',
    'TACTUS_KEYS_SECRET: value was "", and TACTUS_KEYS_SECRET_FILE names no file; `tactus up` makes one for itself',
  );
}
