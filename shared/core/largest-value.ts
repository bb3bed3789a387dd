/**
 * The largest size of a point's value that is let in. Its square is still a number, with room for the sum of some hundred
 * million of them: sums, squares and their sums stay finite in windows, roll-ups and detectors, whoever sends what.
 */
export const LARGEST_VALUE = 1e150;

/** True for a finite number of at most {@link LARGEST_VALUE} in size. */
export function isAllowedValue(value: number): boolean {
  return value >= -LARGEST_VALUE && value <= LARGEST_VALUE;
}
