import { readText } from '../../../shared/files/read-text.js';
import type { Reader } from '../../../shared/files/value.js';

/** What stands for a secret in a file that people pass around. */
const SECRET_ALLOWED = '{ env: VARIABLE } or { file: PATH }';

/** Where secrets are looked up; null for a check of the file alone, with none of them at hand. */
export type Secrets = NodeJS.ProcessEnv | null;

/**
 * Reads a secret from where its key says; empty where secrets are not looked up. The secret itself is refused,
 * and never shown: files with routes end up in repositories.
 */
export function secretFrom(secrets: Secrets): Reader<string> {
  return (value) => {
    if (value.isAbsent) return value.refuse(SECRET_ALLOWED);
    const [entry, ...more] = value.fields()?.entries() ?? [];
    const [kind, source] = entry ?? [];
    const name = source?.scalar;
    if (more.length > 0 || (kind !== 'env' && kind !== 'file') || typeof name !== 'string')
      return value.wrong(`must be ${SECRET_ALLOWED}; a secret has no place in this file`);
    if (secrets === null) return '';
    const shown = looksLikeName(name) ? JSON.stringify(name) : '***';
    try {
      const variable = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      const secret = (kind === 'env' ? variable : readText(name))?.trim() ?? '';
      if (secret !== '') return secret;
      const allowed = kind === 'env' ? 'a variable that is set' : 'a file that holds it';
      return value.wrong(`must be the name of ${allowed}: value was ${shown}`);
    } catch (error) {
      const { code = 'unreadable' } = error as { code?: string };
      return value.wrong(`must be a readable file: value was ${shown} (${code})`);
    }
  };
}

/** False for what may be the secret itself, put where its name belongs. */
function looksLikeName(text: string): boolean {
  return /^([A-Z_][A-Z0-9_]{0,99}|[./~].*)$/.test(text);
}
