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
export function keySecret(config: Config): KeySecret {
  const text = keySecretText(config);
  if (text !== null) return new KeySecret(text);
  throw refused(
    config,
    'value was "", and TACTUS_KEYS_SECRET_FILE names no file; `tactus up` makes one for itself',
  );
}

/**
 * The same as it stands in configuration or file, for those who can do without; null where there is none.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` when it is too short, or the file cannot be read
 */
export function keySecretText(config: Config): string | null {
  const { secret, secretFile } = config.keys;
  if (secret === '' && secretFile === '') return null;
  let text: string;
  try {
    text = secretFile === '' ? secret : readSecret(secretFile);
  } catch (error) {
    throw refused(config, `value was ${JSON.stringify(secretFile)}, and ${unreadable(error)}`);
  }
  if (text.length < MIN_LENGTH) throw refused(config, `value was ***, of ${text.length} characters`);
  return text;
}

function refused({ keys }: Config, why: string): TactusError {
  const name =
    keys.secretFile === '' ? 'TACTUS_KEYS_SECRET (keys.secret' : 'TACTUS_KEYS_SECRET_FILE (keys.secretFile';
  return new TactusError('TACTUS_CONFIG_INVALID', `${name}: must be ${ALLOWED}: ${why})`);
}
