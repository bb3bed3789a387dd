import { EOL } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Longer ones are refused anyway. */
const MAX_BYTES = 8_192;

/**
 * A password, from a prompt that shows nothing of it, or from stdin up to its end where that is no terminal; a line break at the end is
 * no part of it. Never an argument: other users of a machine can see those.
 *
 * @param repeat asks twice, and gives null where the answers differ
 */
export async function readPassword(prompt: string, repeat: boolean): Promise<string | null> {
  if (!process.stdin.isTTY) return await readAll();
  const first = await ask(prompt);
  return !repeat || (await ask(`${prompt}, once more`)) === first ? first : null;
}

async function ask(prompt: string): Promise<string> {
  process.stderr.write(`${prompt}: `);
  // Readline echoes to its output: this one shows nothing.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  // Ctrl-C is read as a character here, and ends the command as the signal does.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write(EOL);
  }
}

async function readAll(): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes > MAX_BYTES) break;
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
