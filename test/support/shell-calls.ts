import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a shell makes of one line, with the programs of this project replaced by stubs. */
export interface ShellLine {
  readonly line: string;
  /** Program and arguments of each call, as the shell has expanded them. */
  readonly calls: readonly (readonly string[])[];
  /** Programs without a stub. */
  readonly unknown: readonly string[];
}

const CALL = '\u001d';
const ARGUMENT = '\u001f';
const LINE = '\u001e';

const STUBS = String.raw`
SEQ=$(command -v seq)
PATH=
seq() { "$SEQ" "$@"; }
grep() { :; }
jq() { :; }
.() { :; }
record() { { printf '%s\037' "$@"; printf '\035'; } >>"$CALLS"; }
npm() { record npm "$@"; }
npx() { record npx "$@"; }
tactus() { record npx tactus "$@"; }
command_not_found_handle() { record unknown "$1"; }
`;

/** Lets a shell expand lines of examples, all in one process; none of the programs in them is run. */
export function shellCalls(lines: readonly string[]): ShellLine[] {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-shell-'));
  const path = join(folder, 'calls');
  writeFileSync(path, '');
  // What examples read from their input.
  writeFileSync(join(folder, 'cpu.csv'), '');
  const script = lines.map((line) => `( ${line}\n)\nprintf '\\036' >>"$CALLS"\n`);
  try {
    const { stderr } = spawnSync('bash', ['--norc', '--noprofile', '-c', STUBS + script.join('')], {
      cwd: folder,
      env: { PATH: process.env.PATH, CALLS: path },
      encoding: 'utf8',
      // A bash whose input is a socket takes itself for a remote one, and reads files of the user.
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (stderr !== '') throw new Error(`the shell says: ${stderr}`);
    const heard = readFileSync(path, 'utf8').split(LINE);
    return lines.map((line, i) => {
      const calls = (heard[i] ?? '')
        .split(CALL)
        .filter((call) => call !== '')
        .map((call) => call.split(ARGUMENT).slice(0, -1));
      return {
        line,
        calls: calls.filter(([program]) => program !== 'unknown'),
        unknown: calls.filter(([program]) => program === 'unknown').map(([, name]) => name as string),
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
