import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { PointView } from '../../../shared/wire/point-view.js';

const encoder = staticCodecs().encoder('metrics');
const text = fc.oneof(fc.string(), fc.string({ minLength: 60, maxLength: 300 }));
const points = fc.record({
  tenantId: text,
  metric: text,
  tags: fc.dictionary(fc.string(), text, { maxKeys: 5 }),
  timestamp: fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: 1.6e12, max: 1.9e12 })),
  value: fc.double(),
  id: text,
  unit: fc.option(fc.string()),
  source: fc.option(fc.string()),
});

describe('PointView', () => {
  it('reads time, value and the bytes of the series as the encoder wrote them', () => {
    fc.assert(
      fc.property(points, fc.nat(20), (point, before) => {
        const value = encoder.encode(point);
        const bytes = Buffer.concat([Buffer.alloc(before, 0xff), value, Buffer.alloc(9, 0xff)]);
        const view = new PointView();
        view.use(bytes);
        const read = view.read(before, value.length);
        if (Math.abs(point.timestamp) > 2 ** 52) return; // May be left to the decoder.
        assert.ok(read);
        assert.equal(view.timestamp, point.timestamp);
        assert.ok(Object.is(view.value, point.value));
        const other = encoder.encode({ ...point, timestamp: 0, value: 0, id: '', unit: null, source: null });
        // What follows the series is, for these, a fixed 12 bytes.
        assert.ok(
          bytes.subarray(view.seriesStart, view.seriesEnd).equals(other.subarray(5, other.length - 12)),
        );
      }),
    );
  });

  it('reads no value that is cut short before its end of use, and never beyond it', () => {
    fc.assert(
      fc.property(points, (point) => {
        const value = encoder.encode(point);
        const view = new PointView();
        view.use(value);
        assert.ok(view.read(0, value.length) || Math.abs(point.timestamp) > 2 ** 52);
        const needed = encoder.encode({ ...point, id: '', unit: null, source: null }).length - 3;
        for (let length = 0; length < needed; length++) assert.equal(view.read(0, length), false);
      }),
      { numRuns: 50 },
    );
  });

  it('never fails on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (array) => {
        const bytes = Buffer.from(array);
        const view = new PointView();
        view.use(bytes);
        if (view.read(0, bytes.length)) assert.ok(view.seriesEnd + 9 <= bytes.length);
      }),
      { numRuns: 2_000 },
    );
  });
});
