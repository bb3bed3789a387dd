import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file that only its owner may read, in the place of one that may have been open to others, which stays as it
 * is where the new one cannot be written.
 */
export function writePrivateFile(file: string, text: string): void {
  const made = `${file}.${process.pid}.new`;
  // The mode counts only for a file that is made anew.
  rmSync(made, { force: true });
  try {
    writeFileSync(made, text, { mode: 0o600, flag: 'wx' });
    renameSync(made, file);
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  }
}
