import { map, type OperatorFunction } from 'rxjs';
import type { Millis } from '../core/clock.js';
import { TactusError } from '../core/errors.js';
import type { Advance, KeyedBatch } from '../windows/keyed-batch.js';
import type { KeyIndex } from './key-index.js';
import type { WindowOptions } from './options.js';

/** Records of any type, and how far time may go with them; or how it goes on without any. */
export interface TimedRecords<T> {
  readonly records: Iterable<T>;
  /** No timestamp moves the watermark further than this; -Infinity where timestamps do not move it. */
  readonly now: Millis;
  readonly advance: Advance | null;
}

/** Takes key and time from records, as the options say. */
export function readRecords<T>(
  { timestamp, key }: Pick<WindowOptions<T, unknown, unknown>, 'timestamp' | 'key'>,
  keys: KeyIndex,
): OperatorFunction<TimedRecords<T>, KeyedBatch<T>> {
  /** Records have no offsets: they are counted. */
  let next = 0;
  return map(({ records, now, advance }) => {
    keys.beginBatch();
    const values = Array.from(records);
    const { length } = values;
    const [numbers, timestamps, offsets] = [
      new Int32Array(length),
      new Float64Array(length),
      new Float64Array(length),
    ];
    values.forEach((record, i) => {
      const at = timestamp(record);
      if (!Number.isFinite(at)) {
        const what = `timestamp is ${at}; allowed is a finite number`;
        throw new TactusError('TACTUS_TIMESTAMP_OUT_OF_RANGE', what);
      }
      timestamps[i] = at;
      numbers[i] = keys.intern(key(record));
      offsets[i] = next++;
    });
    return {
      ...{ length, replayed: 0, keys: numbers, values, timestamps, offsets },
      ...{ kinds: null, takenIn: null, now, advance },
    };
  });
}
