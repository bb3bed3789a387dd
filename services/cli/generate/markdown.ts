/** A table of GitHub's Markdown. Cells are Markdown; vertical bars and line ends in them are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

/** Text as code, or `none` where there is none. */
export function code(text: string): string {
  return text === '' ? 'none' : `\`${text}\``;
}

/** A page: a title, an opening paragraph that says where the text comes from, and its parts. */
export function page(title: string, intro: string, parts: readonly string[]): string {
  const origin =
    'Generated from the code by `npm run generate`; edit it there. A test fails when the two differ.';
  return `${[`# ${title}`, intro.trim(), `_${origin}_`, ...parts.map((part) => part.trim())].join('\n\n')}\n`;
}
