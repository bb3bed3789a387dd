/** Aligns rows in columns, as many as the first has; lines are truncated to `width`, if it is given. */
export function tableText(rows: readonly (readonly string[])[], width?: number): string[] {
  const [headings = []] = rows;
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => {
    const line = row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ');
    return width !== undefined && line.length > width ? `${line.slice(0, width - 1)}…` : line;
  });
}
