import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

/* Files and folders that hold data and passwords: nobody else on the machine is to read them. */

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

/** Writes a file that only its owner may read, in the place of one that may have been open to others. */
export function writePrivateFile(file: string, text: string): void {
  // The mode counts only for a file that is made anew.
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
}
