import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NO_KEY } from '../../../shared/windows/keyed-batch.js';
import { StreamTime } from '../../../shared/windows/stream-time.js';

const record = fc.record({
  key: fc.constantFrom(NO_KEY, 0, 1),
  at: fc.integer({ min: 0, max: 100 }),
  takenIn: fc.integer({ min: 0, max: 100 }),
});

describe('StreamTime', () => {
  it('takes a batch as it takes its records one by one', () => {
    fc.assert(
      fc.property(
        fc.array(record),
        fc.nat(5),
        fc.integer({ min: 0, max: 100 }),
        fc.boolean(),
        fc.option(fc.integer({ min: 0, max: 100 })),
        (records, skipped, now, isLogged, before) => {
          const replayed = Math.min(skipped, records.length);
          const [whole, single] = [new StreamTime(), new StreamTime()];
          if (before !== null) for (const time of [whole, single]) time.observe(before, before);
          const times = new Float64Array(records.length);
          const column = (of: (each: (typeof records)[0]) => number) => Float64Array.from(records, of);
          whole.observeAll(
            {
              length: records.length,
              replayed,
              keys: Int32Array.from(records, ({ key }) => key),
              values: records,
              timestamps: column(({ at }) => at),
              offsets: column(() => 0),
              kinds: null,
              takenIn: isLogged ? column(({ takenIn }) => takenIn) : null,
              now,
              advance: null,
            },
            times,
          );
          records.forEach(({ key, at, takenIn }, i) => {
            if (i >= replayed && key !== NO_KEY) single.observe(at, isLogged ? Math.min(takenIn, now) : now);
            assert.equal(times[i], single.time);
          });
          assert.deepEqual(whole.snapshot(), single.snapshot());
        },
      ),
    );
  });
});
