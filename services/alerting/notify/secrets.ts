import { readFileSync } from 'node:fs';
import { messageOf } from '../../../shared/core/errors.js';
import { must, type ValueReader } from '../../../shared/files/value-reader.js';

/** What stands for a secret in a file that people pass around. */
export const SECRET_ALLOWED = '{ env: VARIABLE } or { file: PATH }';

/**
 * Reads a secret from where its key says. The secret itself is refused, and never shown: files with routes end
 * up in repositories.
 */
export function readSecret(read: ValueReader, key: string, value: unknown, env: NodeJS.ProcessEnv): string {
  if (value === undefined || value === null) {
    read.wrong(key, `is missing; must be ${SECRET_ALLOWED}`);
    return '';
  }
  const [[kind, name] = ['', ''], ...more] = typeof value === 'object' ? Object.entries(value) : [];
  if (more.length > 0 || (kind !== 'env' && kind !== 'file') || typeof name !== 'string') {
    read.wrong(key, `must be ${SECRET_ALLOWED}; a secret has no place in this file`);
    return '';
  }
  try {
    const secret = (kind === 'env' ? env[name] : readFileSync(name, 'utf8'))?.trim() ?? '';
    if (secret === '')
      read.wrong(
        key,
        must(`the name of ${kind === 'env' ? 'a variable that is set' : 'a file that holds it'}`, name),
      );
    return secret;
  } catch (error) {
    read.wrong(key, `${must('a readable file', name)} (${messageOf(error)})`);
    return '';
  }
}
