/**
 * Windows as JSON, one a line: those that close together come in the order of their series' numbers, which
 * is another one after a restart. So each run of them is sorted, and nothing else.
 */
export function closingsSorted(lines: readonly string[]): string[] {
  const closings: { of: string | undefined; lines: string[] }[] = [];
  for (const line of lines) {
    const of = /"window":"[^"]*","start":-?\d+,"end":-?\d+/.exec(line)?.[0];
    const last = closings.at(-1);
    if (of !== undefined && last?.of === of) last.lines.push(line);
    else closings.push({ of, lines: [line] });
  }
  return closings.flatMap((closing) => closing.lines.sort());
}
