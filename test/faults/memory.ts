/** Of a process at a moment, in MiB. */
export interface MemorySample {
  readonly at: number;
  readonly heap: number;
  readonly resident: number;
}

/** A process has caches to fill, and code to compile, for so long. */
export const WARM_UP_MS = 120_000;
/** What is compared is the least of so long: what is left after a collection. */
const STRETCH_MS = 60_000;
/** What the heap may have grown by: this, and a share of what it was. */
const ADDED_MIB = 48;
const SHARE = 0.5;
/** What the shipped manifests let a worker have. */
const MOST_RESIDENT_MIB = 1_024;

/** The bounds in words. */
export const MEMORY_BOUND = `the heap's least of a minute may grow by ${ADDED_MIB} MiB and ${100 * SHARE} % after ${WARM_UP_MS / 1_000} s; resident at most ${MOST_RESIDENT_MIB} MiB`;

export interface Growth {
  readonly from: number;
  readonly to: number;
  readonly resident: number;
  /** What is beyond the bounds; null for nothing. */
  readonly problem: string | null;
}

/** How the memory of one process went; null where it did not run for long enough to say. */
export function growthOf(samples: readonly MemorySample[]): Growth | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return null;
  const warm = first.at + WARM_UP_MS;
  if (last.at - STRETCH_MS < warm + STRETCH_MS) return null;
  const least = (from: number, to: number) =>
    Math.min(...samples.filter(({ at }) => at >= from && at <= to).map(({ heap }) => heap));
  const [from, to] = [least(warm, warm + STRETCH_MS), least(last.at - STRETCH_MS, last.at)];
  const resident = Math.max(...samples.map((each) => each.resident));
  const grown = to > from * (1 + SHARE) + ADDED_MIB;
  const problem = grown
    ? `the heap grew from ${from.toFixed(0)} to ${to.toFixed(0)} MiB`
    : resident > MOST_RESIDENT_MIB
      ? `${resident.toFixed(0)} MiB resident`
      : null;
  return { from, to, resident, problem };
}
