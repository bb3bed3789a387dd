import { KeySecret } from '../security/key-secret.js';
import type { Config } from './schema.js';
import { type SecretSetting, secretRefused, secretText } from './secret-text.js';

/**
 * The secret of the installation.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` without one
 */
export function keySecret(config: Config): KeySecret {
  const text = keySecretText(config);
  if (text !== null) return new KeySecret(text);
  throw secretRefused(
    settingOf(config),
    'value was "", and TACTUS_KEYS_SECRET_FILE names no file; `tactus up` makes one for itself',
  );
}

/**
 * The same as it stands in configuration or file, for those who can do without; null where there is none.
 *
 * @throws TactusError as {@link secretText}
 */
export function keySecretText(config: Config): string | null {
  return secretText(settingOf(config));
}

function settingOf({ keys: { secret, secretFile } }: Config): SecretSetting {
  return { secret, file: secretFile, variable: 'TACTUS_KEYS_SECRET', key: 'keys.secret' };
}
