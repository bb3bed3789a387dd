import { EXIT } from '../../../shared/process/exit-codes.js';

let heard = false;

/** What a terminal obeys, and what turns the direction of text round: it is of whoever sent a record. */
const CONTROL = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function printable(line: string): string {
  return line.replace(CONTROL, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Writes one line to stdout; ends the process when its reader is gone, such as `head`. */
export function say(line: string): void {
  if (!heard) process.stdout.on('error', readerGone);
  heard = true;
  process.stdout.write(`${printable(line)}\n`);
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
  process.stderr.write(`tactus ${command}: ${printable(line)}\n`);
}
