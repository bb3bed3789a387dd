import { EXIT } from '../../../shared/process/exit-codes.js';

let heard = false;

/** Writes one line to stdout; ends the process when its reader is gone, such as `head`. */
export function say(line: string): void {
  if (!heard) process.stdout.on('error', readerGone);
  heard = true;
  process.stdout.write(`${line}\n`);
}

function readerGone(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
}

/** Writes a value to stdout as JSON: indented, so that people can read it too. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2));
}

/** Writes one line about what is wrong to stderr, after the command as it is typed. */
export function complain(command: string, line: string): void {
  process.stderr.write(`tactus ${command}: ${line}\n`);
}
