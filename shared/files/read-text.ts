import { closeSync, openSync, readSync } from 'node:fs';
import { messageOf, TactusError } from '../core/errors.js';

/** No configuration that people write comes near; what is larger is something else. */
export const MAX_FILE_BYTES = 1_048_576;

/**
 * Reads a file that people write; of one that is too large, no more than shows that it is.
 *
 * @throws Error saying in words why it cannot be read
 */
export function readText(path: string): string {
  const bytes = Buffer.alloc(MAX_FILE_BYTES + 1);
  const file = openSync(path, 'r');
  let length = 0;
  try {
    // In a loop: a pipe gives what it has.
    for (let got = -1; got !== 0 && length < bytes.length; length += got)
      got = readSync(file, bytes, length, bytes.length - length, null);
  } finally {
    closeSync(file);
  }
  if (length > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
  } catch (error) {
    throw new Error('it is not UTF-8', { cause: error });
  }
}

/** Why a file cannot be read, without its path, which may be anything where a variable was set wrongly. */
export function unreadable(error: unknown): string {
  return messageOf(error).replace(/, \w+ '.*'$/s, '');
}

/**
 * As {@link readText}, of a file that a variable names.
 *
 * @throws TactusError `TACTUS_CONFIG_INVALID` naming the variable and the path
 */
export function readNamed(variable: string, path: string): string {
  try {
    return readText(path);
  } catch (error) {
    throw new TactusError(
      'TACTUS_CONFIG_INVALID',
      `${variable}: must be a readable file: value was ${JSON.stringify(path)} (${messageOf(error)})`,
    );
  }
}
