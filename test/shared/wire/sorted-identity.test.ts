import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { MetricPointReader } from '../../../shared/wire/metric-point-reader.js';
import { writeIdentity } from '../../../shared/wire/series.js';
import { SortedIdentity } from '../../../shared/wire/sorted-identity.js';
import { GAUGE } from '../../support/point.js';

const encoder = staticCodecs().encoder('metrics');
const sorted = new SortedIdentity();
const FIGURES = { timestamp: 1, value: 1, id: '', unit: null, source: null, ...GAUGE };

function readerOf(value: Buffer): MetricPointReader {
  const reader = new MetricPointReader();
  reader.use(value);
  assert.ok(reader.read(0, value.length));
  return reader;
}

describe('SortedIdentity', () => {
  const text = fc.oneof(fc.string({ maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 90 }));
  // A name of digits has a place of its own in an object, whatever the order.
  const named = (name: fc.Arbitrary<string>) =>
    fc.dictionary(
      name.map((each) => `.${each}`),
      text,
      { maxKeys: 30, noNullPrototype: true },
    );
  const tags = fc.oneof(named(text), named(fc.string({ maxLength: 8 })));

  it('is what a decoded series has, or is left to the decoder', () => {
    let written = 0;
    fc.assert(
      fc.property(text, text, tags, (tenantId, metric, some) => {
        const series = { tenantId, metric, tags: some };
        const length = sorted.write(readerOf(encoder.encode({ ...series, ...FIGURES })));
        if (length < 0) return;
        written += 1;
        const { buffer } = sorted.words;
        assert.deepEqual(Buffer.from(buffer, 0, length), Buffer.from(writeIdentity(series, null)));
      }),
    );
    assert.ok(written > 5, 'everything is left to the decoder');
  });

  it('leaves to the decoder a name that comes twice: the last one counts', () => {
    const value = encoder.encode({ tenantId: 't', metric: 'm', tags: { a: '1', b: '2' }, ...FIGURES });
    assert.ok(sorted.write(readerOf(value)) > 0);
    value[value.indexOf('b')] = 'a'.charCodeAt(0);
    assert.equal(sorted.write(readerOf(value)), -1);
  });
});
