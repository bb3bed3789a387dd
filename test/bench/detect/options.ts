import { parseArgs } from 'node:util';

export interface DetectBenchOptions {
  /** Labelled series of each family. */
  readonly perFamily: number;
  /** Live series whose memory is measured. */
  readonly series: number;
}

export const DETECT_USAGE = `usage: npm run bench -- detect [options]

  --per-family N     labelled series of each family (10)
  --series N         live series of one worker, for its memory (50000)
`;

/** @throws Error naming the option, its value and what is allowed */
export function readDetectOptions(args: readonly string[]): DetectBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'per-family': { type: 'string', default: '10' },
      series: { type: 'string', default: '50000' },
    },
  });
  const count = (name: 'per-family' | 'series', most: number): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new Error(`--${name}: must be a whole number from 1 to ${most}; it is "${values[name]}"`);
  };
  return { perFamily: count('per-family', 1_000), series: count('series', 10_000_000) };
}
