import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KnownSeries } from '../../../../services/sink/timescale/known-series.js';
import { pointOf } from '../../../support/point.js';

it('forgets all when they take much, and gives a series the same number in a statement all the same', () => {
  const known = new KnownSeries();
  known.startStatement();
  const long = Buffer.alloc(30_000, 'x');
  let numbers = 0;
  const number = (i: number) => {
    long.writeUInt32BE(i);
    const view = new DataView(long.buffer, long.byteOffset, long.length);
    return known.number(
      view,
      0,
      long.length,
      () => pointOf({ tags: { n: String(i) } }),
      () => numbers++,
    );
  };
  for (let i = 0; i < 3_000; i++) {
    assert.equal(number(i), i);
    assert.equal(number(i), i);
    assert.ok(known.bytes < 100_000_000, `${known.bytes} bytes`);
  }
});
