import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { MetricPointReader } from '../../../shared/wire/metric-point-reader.js';
import { readIdentity, writeIdentity } from '../../../shared/wire/series.js';
import { GAUGE } from '../../support/point.js';

const encoder = staticCodecs().encoder('metrics');
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 60, maxLength: 300 }));
// A name of digits has a place of its own in an object, whatever the order.
const tags = fc.dictionary(
  fc.string().map((name) => `.${name}`),
  text,
  { maxKeys: 60, noNullPrototype: true },
);
const series = fc.record({ tenantId: text, metric: text, tags });

describe('the identity of a series in bytes', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(series, (one) => {
        const { tenantId, metric, tags } = readIdentity(Buffer.from(writeIdentity(one, null)));
        assert.deepEqual({ tenantId, metric, tags: { ...tags } }, { ...one });
      }),
    );
  });

  it('is what the encoder writes in front of a point whose tags are in order', () => {
    fc.assert(
      fc.property(series, (one) => {
        const sorted = Object.fromEntries(Object.entries(one.tags).sort(([a], [b]) => (a < b ? -1 : 1)));
        const figures = { timestamp: 1, value: 1, id: '', unit: null, source: null, ...GAUGE };
        const value = encoder.encode({ ...one, tags: sorted, ...figures });
        const reader = new MetricPointReader();
        reader.use(value);
        assert.ok(reader.read(0, value.length));
        const identity = value.subarray(reader.seriesStart, reader.seriesEnd);
        assert.ok(identity.equals(writeIdentity(one, null)));
      }),
    );
  });

  it('has only the tags that are grouped by', () => {
    const one = { tenantId: 'acme', metric: 'cpu', tags: { host: 'a', zone: 'b' } };
    const read = (groupBy: string[]) => readIdentity(Buffer.from(writeIdentity(one, groupBy))).tags;
    assert.deepEqual(read(['zone', 'rack']), { zone: 'b' });
    assert.deepEqual(read([]), {});
  });
});
