/* What the reports of the benches have in common. */

/** The middle one, or the mean of the two in the middle; 0 of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** By how much y grows when x grows by one, by least squares; 0 where all x are the same. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (numbers: readonly number[]) => numbers.reduce((all, next) => all + next, 0) / numbers.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  let [above, below] = [0, 0];
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below > 0 ? above / below : 0;
}

/** The sum; null as soon as one is not known. */
export function sum(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce((all, next) => (all === null || next === null ? null : all + next), 0);
}

/** Lines with columns under each other, the first `left` of them at the left. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[], left = 1): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)];
}

export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}
