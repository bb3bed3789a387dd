import type { Config } from './schema.js';
import { secretText } from './secret-text.js';

/**
 * What whoever changes the log level or takes a profile has to present; null where that is off.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` as `secretText`
 */
export function debugToken({ debug: { token, tokenFile } }: Config): string | null {
  return secretText({ secret: token, file: tokenFile, variable: 'TACTUS_DEBUG_TOKEN', key: 'debug.token' });
}
