import { TactusError } from '../core/errors.js';
import { unreadable } from '../files/read-text.js';
import { readSecret } from '../files/secret.js';
import { KeySecret } from '../security/key-secret.js';
import type { Config } from './schema.js';

const MIN_LENGTH = 32;
const ALLOWED = `a secret of at least ${MIN_LENGTH} characters, such as \`openssl rand -hex 32\` makes`;

/**
 * The secret of the installation.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` without one
 */
export function keySecret({ keys }: Config): KeySecret {
  const { secret, secretFile } = keys;
  const name =
    secretFile === '' ? 'TACTUS_KEYS_SECRET (keys.secret' : 'TACTUS_KEYS_SECRET_FILE (keys.secretFile';
  const refuse = (why: string) =>
    new TactusError('TACTUS_CONFIG_INVALID', `${name}: must be ${ALLOWED}: ${why})`);
  if (secret === '' && secretFile === '')
    throw refuse('value was "", and TACTUS_KEYS_SECRET_FILE names no file; `tactus up` makes one for itself');
  let text: string;
  try {
    text = secretFile === '' ? secret : readSecret(secretFile);
  } catch (error) {
    throw refuse(`value was ${JSON.stringify(secretFile)}, and ${unreadable(error)}`);
  }
  if (text.length < MIN_LENGTH) throw refuse(`value was ***, of ${text.length} characters`);
  return new KeySecret(text);
}
