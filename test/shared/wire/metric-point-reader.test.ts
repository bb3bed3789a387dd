import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MetricPoint } from '../../../schemas/types.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { AvroEncoder } from '../../../shared/adapters/avro/value-codec.js';
import { keptVersions } from '../../../shared/catalog/versions.js';
import type { AvroSchema } from '../../../shared/core/avro-schema.js';
import {
  GAUGE as GAUGE_KIND,
  KINDS,
  MetricPointReader,
  NAME_END,
  NAME_START,
  TAG_PLACES,
  TEXT_END,
  TEXT_START,
} from '../../../shared/wire/metric-point-reader.js';
import { KEY_SLACK, recordKey } from '../../../shared/wire/series.js';
import { GAUGE, pointOf } from '../../support/point.js';

const encoder = staticCodecs().encoder('metrics');
const EMPTY = { unit: null, source: null, ...GAUGE };
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
  kind: fc.constantFrom(...KINDS),
  startTimestamp: fc.option(
    fc.oneof(fc.constantFrom(0, -1, 1, 64), fc.integer({ min: -(2 ** 51), max: 2 ** 51 })),
  ),
});

describe('MetricPointReader', () => {
  it('reads time, value and the bytes of the series as the encoder wrote them', () => {
    fc.assert(
      fc.property(points, fc.nat(20), (point, before) => {
        const value = encoder.encode(point);
        const bytes = Buffer.concat([Buffer.alloc(before, 0xff), value, Buffer.alloc(9, 0xff)]);
        const view = new MetricPointReader();
        view.use(bytes);
        const read = view.read(before, value.length);
        if (Math.abs(point.timestamp) > 2 ** 52) return; // May be left to the decoder.
        assert.ok(read);
        assert.equal(view.timestamp, point.timestamp);
        assert.ok(Object.is(view.value, point.value));
        const other = encoder.encode({ ...point, timestamp: 0, value: 0, id: '', ...EMPTY });
        // What follows the series is, for these, a fixed 14 bytes.
        assert.ok(
          bytes.subarray(view.seriesStart, view.seriesEnd).equals(other.subarray(5, other.length - 14)),
        );
      }),
    );
  });

  it('reads all texts as the places where the encoder wrote them, and writes the key of the record', () => {
    let whole = 0;
    fc.assert(
      fc.property(points, fc.nat(20), (point, before) => {
        const value = encoder.encode(point);
        const bytes = Buffer.concat([Buffer.alloc(before, 0xff), value, Buffer.alloc(9, 0xff)]);
        const reader = new MetricPointReader();
        reader.use(bytes);
        if (!reader.read(before, value.length) || !reader.readRest()) return;
        whole += 1;
        const text = (start: number, end: number) => bytes.toString('utf8', start, end);
        const tags = Array.from({ length: reader.tagCount }, (_, i) => {
          const place = (which: number) => reader.tagPlaces[i * TAG_PLACES + which] as number;
          return [text(place(NAME_START), place(NAME_END)), text(place(TEXT_START), place(TEXT_END))];
        });
        const { tenantId, metric, id, unit, source, kind, startTimestamp } = JSON.parse(
          JSON.stringify(point),
        );
        const read = {
          tenantId: text(reader.tenantStart, reader.tenantEnd),
          metric: text(reader.metricStart, reader.metricEnd),
          id: text(reader.idStart, reader.idEnd),
          unit: reader.unitEnd < 0 ? null : text(reader.unitStart, reader.unitEnd),
          source: reader.sourceEnd < 0 ? null : text(reader.sourceStart, reader.sourceEnd),
          kind: KINDS[reader.kind],
          startTimestamp: Number.isNaN(reader.startTimestamp) ? null : reader.startTimestamp,
        };
        assert.deepEqual(read, { tenantId, metric, id, unit, source, kind, startTimestamp });
        assert.deepEqual(tags, Object.entries(point.tags));
        const key = Buffer.from(recordKey(point.tenantId, point.metric));
        const to = Buffer.alloc(key.length + KEY_SLACK);
        const end = reader.copyKey(new DataView(to.buffer, to.byteOffset, to.length), 0);
        assert.ok(to.subarray(0, end).equals(key));
      }),
    );
    assert.ok(whole > 50, `${whole} were read`);
  });

  it('reads the rest only when it is all that is left', () => {
    fc.assert(
      fc.property(points, (point) => {
        const value = encoder.encode({ ...point, timestamp: 1 });
        const reader = new MetricPointReader();
        reader.use(Buffer.concat([value, Buffer.alloc(5)]));
        assert.ok(reader.read(0, value.length) && reader.readRest());
        for (const length of [value.length - 1, value.length + 1])
          assert.equal(reader.read(0, length) && reader.readRest(), false);
      }),
    );
  });

  it('reads the kind of a point, alone as with all the rest', () => {
    fc.assert(
      fc.property(points, (point) => {
        const value = encoder.encode({ ...point, timestamp: 1 });
        const reader = new MetricPointReader();
        reader.use(value);
        assert.ok(reader.read(0, value.length) && reader.readKind());
        assert.equal(KINDS[reader.kind], point.kind);
        if (point.kind !== 'gauge') assert.equal(reader.startTimestamp, point.startTimestamp ?? Number.NaN);
      }),
    );
  });

  it('reads no kind that is not there', () => {
    const value = encoder.encode(pointOf({ kind: 'cumulative', startTimestamp: 5 }));
    const reader = new MetricPointReader();
    for (const [at, byte] of [
      [value.length - 3, 8],
      [value.length - 3, 1],
      [value.length - 2, 4],
    ] as const) {
      const bad = Buffer.from(value);
      bad[at] = byte;
      reader.use(bad);
      assert.ok(reader.read(0, bad.length));
      assert.equal(reader.readKind(), false);
      assert.equal(reader.readRest(), false);
    }
  });

  it('reads values of the first version of the schema as gauges', () => {
    const first = new AvroEncoder<MetricPoint>(keptVersions('metric-point')[0]?.schema as AvroSchema, 1);
    fc.assert(
      fc.property(points, (point) => {
        const value = first.encode({ ...point, timestamp: 1 });
        const reader = new MetricPointReader();
        reader.fields = 8;
        // What is behind the value is none of it.
        reader.use(Buffer.concat([value, Buffer.from([4, 2, 2])]));
        assert.ok(reader.read(0, value.length) && reader.readKind());
        assert.equal(reader.kind, GAUGE_KIND);
        assert.ok(reader.readRest());
        assert.deepEqual([reader.kind, reader.startTimestamp], [GAUGE_KIND, Number.NaN]);
        for (const length of [value.length - 1, value.length + 1])
          assert.equal(reader.read(0, length) && reader.readRest(), false);
      }),
    );
  });

  it('reads a value of a known series as any other', () => {
    fc.assert(
      fc.property(points, (point) => {
        const value = encoder.encode(point);
        const [reader, known] = [new MetricPointReader(), new MetricPointReader()];
        reader.use(value);
        known.use(value);
        if (!reader.read(0, value.length)) return;
        assert.ok(known.readKnown(0, value.length, reader.seriesEnd - reader.seriesStart));
        const { timestamp, value: figure, seriesStart, seriesEnd } = known;
        assert.deepEqual(
          [timestamp, figure, seriesStart, seriesEnd],
          [reader.timestamp, reader.value, reader.seriesStart, reader.seriesEnd],
        );
        assert.equal(known.readRest(), reader.readRest());
      }),
    );
  });

  it('leaves more than 63 tags, and several blocks of them, to the decoder', () => {
    const tagged = (tags: number) =>
      encoder.encode({
        ...{ tenantId: 'acme', metric: 'cpu', timestamp: 1, value: 1, id: 'a', ...EMPTY },
        tags: Object.fromEntries(Array.from({ length: tags }, (_, i) => [`tag-${i}`, String(i)])),
      });
    const reads = (value: Buffer) => {
      const reader = new MetricPointReader();
      reader.use(value);
      return reader.read(0, value.length);
    };
    assert.ok(reads(tagged(63)));
    assert.equal(reads(tagged(64)), false);
    const [one, block] = [tagged(1), Buffer.from([2, 2, 0x62, 2, 0x32])];
    // Behind the first block, which begins after header, tenant and metric, has its count, and two texts.
    const at = 5 + 5 + 4 + 1 + 6 + 2;
    assert.ok(reads(one));
    assert.equal(reads(Buffer.concat([one.subarray(0, at), block, one.subarray(at)])), false);
  });

  it('reads no value that is cut short before its end of use, and never beyond it', () => {
    fc.assert(
      fc.property(points, (point) => {
        const value = encoder.encode(point);
        const view = new MetricPointReader();
        view.use(value);
        assert.ok(view.read(0, value.length) || Math.abs(point.timestamp) > 2 ** 52);
        const needed = encoder.encode({ ...point, id: '', ...EMPTY }).length - 5;
        for (let length = 0; length < needed; length++) assert.equal(view.read(0, length), false);
      }),
      { numRuns: 50 },
    );
  });

  it('never fails on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (array) => {
        const bytes = Buffer.from(array);
        const view = new MetricPointReader();
        view.use(bytes);
        if (!view.read(0, bytes.length)) return;
        assert.ok(view.seriesEnd + 9 <= bytes.length);
        view.readRest();
      }),
      { numRuns: 2_000 },
    );
  });
});
