/** What a shell and readers of dotenv take as it stands. */
const PLAIN = /^[\w./:@,=+%-]*$/;

/** Variables as a dotenv file, which a shell reads too (`set -a; . FILE`): a value with a space, such as a path, is quoted. */
export function envText(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${PLAIN.test(value) ? value : quoted(value)}\n`)
    .join('');
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
