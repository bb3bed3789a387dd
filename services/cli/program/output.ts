/** Writes one line for people to stdout. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a value to stdout as JSON: indented, so that people can read it too. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2));
}

/** Writes one line about what is wrong to stderr, after the command as it is typed. */
export function complain(command: string, line: string): void {
  process.stderr.write(`tactus ${command}: ${line}\n`);
}
