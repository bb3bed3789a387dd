/**
 * Replaces figures of a window, in the order of `writeFigures`, that have overflowed by finite ones: a sum by the largest
 * number of its sign, the mean by the running one where that is still a number, else by the middle of least and greatest
 * value, and the deviation by half their distance, which it never exceeds.
 */
export function finiteFigures(figures: Float64Array, running: number): void {
  const [min, max] = [figures[2] as number, figures[3] as number];
  if (!Number.isFinite(figures[1])) {
    const mean = Number.isFinite(running) ? running : min / 2 + max / 2;
    figures[1] = mean < 0 ? -Number.MAX_VALUE : Number.MAX_VALUE;
    figures[4] = mean;
  }
  if (!Number.isFinite(figures[5])) figures[5] = max / 2 - min / 2;
}
