import { TactusError } from '../core/errors.js';
import { unreadable } from '../files/read-text.js';
import { readSecret } from '../files/secret.js';

const MIN_LENGTH = 32;
const ALLOWED = `a secret of at least ${MIN_LENGTH} characters, such as \`openssl rand -hex 32\` makes`;

/** A secret of the configuration, that stands there or in a file. */
export interface SecretSetting {
  readonly secret: string;
  readonly file: string;
  /** Of the variable and of the key of the secret itself; those of its file end in `_FILE` and `File`. */
  readonly variable: string;
  readonly key: string;
}

/**
 * The secret; null where none is set.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` when it is so short that it can be guessed, or the file cannot be read
 */
export function secretText(setting: SecretSetting): string | null {
  const { secret, file } = setting;
  if (secret === '' && file === '') return null;
  let text: string;
  try {
    text = file === '' ? secret : readSecret(file);
  } catch (error) {
    throw secretRefused(setting, `value was ${JSON.stringify(file)}, and ${unreadable(error)}`);
  }
  if (text.length < MIN_LENGTH) throw secretRefused(setting, `value was ***, of ${text.length} characters`);
  return text;
}

export function secretRefused({ file, variable, key }: SecretSetting, why: string): TactusError {
  const name = file === '' ? `${variable} (${key}` : `${variable}_FILE (${key}File`;
  return new TactusError('TACTUS_CONFIG_INVALID', `${name}: must be ${ALLOWED}: ${why})`);
}
