import type { Millis } from '../../../../shared/core/clock.js';
import { UndecodableError } from '../decoding.js';

/** How times are written in a request. */
export interface Precision {
  /** Milliseconds of a time, which is a whole number in decimal. */
  readonly toMillis: (text: string) => Millis;
  /** Stands behind times in ids, since the same digits are another time in another precision. */
  readonly mark: Buffer;
}

/** The last `digits` are below a millisecond. Cut off as text: nanoseconds have more digits than a number keeps. */
function finer(digits: number, mark: string): Precision {
  return {
    toMillis: (text) =>
      text.startsWith('-') ? Math.floor(Number(text) / 10 ** digits) : Number(text.slice(0, -digits)),
    mark: Buffer.from(mark),
  };
}

function coarser(factor: number, mark: string): Precision {
  return { toMillis: (text) => Number(text) * factor, mark: Buffer.from(mark) };
}

export const NANOSECONDS = finer(6, '');
const MICROSECONDS = finer(3, 'u');
/** By the names that version 1 and version 2 have for them. */
const PRECISIONS: ReadonlyMap<string, Precision> = new Map([
  ['', NANOSECONDS],
  ['n', NANOSECONDS],
  ['ns', NANOSECONDS],
  ['u', MICROSECONDS],
  ['µ', MICROSECONDS],
  ['us', MICROSECONDS],
  ['ms', coarser(1, 'ms')],
  ['s', coarser(1_000, 's')],
  ['m', coarser(60_000, 'm')],
  ['h', coarser(3_600_000, 'h')],
]);

/** @throws UndecodableError */
export function precisionOf(name: string | null): Precision {
  const precision = PRECISIONS.get(name ?? '');
  if (precision !== undefined) return precision;
  throw new UndecodableError(
    `precision is ${JSON.stringify((name ?? '').slice(0, 16))}; allowed is one of ns, us, ms, s, m, h, n, u`,
  );
}
