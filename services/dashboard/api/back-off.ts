const FACTOR = 2;
const MOST_MS = 30_000;

/**
 * How long to wait after failures in a row: longer each time, and not the same for everybody ("full jitter", Brooker 2015).
 *
 * @param random in [0, 1)
 */
export function backOffMs(failures: number, leastMs: number, random: number = Math.random()): number {
  const most = Math.min(MOST_MS, leastMs * FACTOR ** (failures - 1));
  return most / 2 + (most / 2) * random;
}
