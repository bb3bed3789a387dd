/**
 * Aligns rows in columns, as many as the first has; lines are truncated to `width`, if it is given. A row is one line, whatever
 * its cells hold: they are of whoever wrote a record, and could else show rows that are none.
 */
export function tableText(given: readonly (readonly string[])[], width?: number): string[] {
  const rows = given.map((row) => row.map((cell) => cell.replaceAll('\n', '\\n').replaceAll('\t', '\\t')));
  const [headings = []] = rows;
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => {
    const line = row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ');
    return width !== undefined && line.length > width ? `${line.slice(0, width - 1)}…` : line;
  });
}
