import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Makes a folder that only its owner may enter, and closes one that is there already: if it is called `.tactus` or
 * holds nothing but our own files. Any other one that somebody names with `--data`, such as `/tmp`, stays as it is.
 *
 * @param own names of what we write into it
 */
export function makePrivateFolder(folder: string, own: readonly string[]): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const isOurs = basename(folder) === '.tactus' || readdirSync(folder).every((name) => own.includes(name));
  try {
    if (isOurs) chmodSync(folder, 0o700);
  } catch (error) {
    // It belongs to another user, who lets us write into it: theirs to close.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}
