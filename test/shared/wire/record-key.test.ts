import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { copyRecordKey, KEY_SLACK, recordKey, tenantOfKey } from '../../../shared/wire/series.js';

const tenants = fc.string({ minLength: 1 }).filter((tenantId) => !tenantId.includes('|'));

describe('the key of a record', () => {
  it('is tenant and name with a bar between, and gives the tenant back', () => {
    assert.equal(recordKey('acme', 'cpu.usage'), 'acme|cpu.usage');
    fc.assert(
      fc.property(tenants, fc.string(), (tenantId, name) => {
        assert.equal(tenantOfKey(recordKey(tenantId, name)), tenantId);
      }),
    );
  });

  it('has no tenant when it is not laid out so', () => {
    for (const key of ['', 'acme', '|', '|cpu']) assert.equal(tenantOfKey(key), null);
    assert.equal(tenantOfKey('acme|'), 'acme');
  });

  it('is copied from the places of its texts as the text is', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 60, maxLength: 300 }));
    fc.assert(
      fc.property(text, text, fc.nat(9), fc.nat(9), (tenantId, metric, before, start) => {
        const [tenant, name] = [Buffer.from(tenantId), Buffer.from(metric)];
        const bytes = Buffer.concat([
          Buffer.alloc(before),
          tenant,
          Buffer.from('--'),
          name,
          Buffer.alloc(KEY_SLACK),
        ]);
        const tenantEnd = before + tenant.length;
        const metricStart = tenantEnd + 2;
        const metricEnd = metricStart + name.length;
        const wanted = Buffer.from(recordKey(tenantId, metric));
        const to = Buffer.alloc(start + wanted.length + KEY_SLACK);
        const places = [before, tenantEnd, metricStart, metricEnd] as const;
        const end = copyRecordKey(viewOf(bytes), ...places, viewOf(to), start);
        assert.ok(to.subarray(start, end).equals(wanted));
      }),
    );
  });
});

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
