import { parseArgs } from 'node:util';
import { SEED_SETS, type SeedSet } from '../../shared/detection/events/index.js';

export interface DetectBenchOptions {
  /** Seeds that a detector may be tuned on; half as many are kept apart. */
  readonly seeds: number;
  readonly sets: readonly SeedSet[];
  /** Live series whose memory is measured; 0 for none. */
  readonly series: number;
}

export const DETECT_USAGE = `usage: npm run bench -- detect [options]

  --seeds N          seeds of the tuning set; half as many are kept apart (8)
  --set NAME         tuning, apart or both (both)
  --series N         live series of one worker, for its memory; 0 for none (50000)
`;

/** @throws Error naming the option, its value and what is allowed */
export function readDetectOptions(args: readonly string[]): DetectBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '8' },
      set: { type: 'string', default: 'both' },
      series: { type: 'string', default: '50000' },
    },
  });
  const count = (name: 'seeds' | 'series', least: number, most: number): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new Error(`--${name}: must be a whole number from ${least} to ${most}; it is "${values[name]}"`);
  };
  const sets = values.set === 'both' ? SEED_SETS : SEED_SETS.filter((set) => set === values.set);
  if (sets.length === 0) throw new Error(`--set: must be tuning, apart or both; it is "${values.set}"`);
  return { seeds: count('seeds', 2, 1_000), sets, series: count('series', 0, 10_000_000) };
}
