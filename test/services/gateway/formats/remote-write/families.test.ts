import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FamiliesByTenant } from '../../../../../services/gateway/formats/remote-write/families.js';
import { CUMULATIVE, SeriesEntry } from '../../../../../services/gateway/points/series-entry.js';

const COUNTER = 1;
const NOTHING = Buffer.alloc(0);

describe('metadata of remote write', () => {
  it('give the last thousands of metrics of a tenant kind and unit, in at most a MiB', () => {
    const tenants = new FamiliesByTenant();
    const families = tenants.of('acme');
    const nameOf = (n: number) => `http_server_request_seconds_${String(n).padStart(6, '0')}`;
    const unitOf = (n: number) => {
      const entry = new SeriesEntry(nameOf(n), NOTHING, NOTHING, null);
      families.apply(entry);
      return [entry.kind === CUMULATIVE, entry.unit];
    };
    for (let n = 0; n < 20_000; n++)
      tenants.set(families, nameOf(n), { type: COUNTER, unit: n % 2 === 0 ? 'seconds' : 's' });
    assert.deepEqual(unitOf(15_000), [true, 'seconds']);
    assert.deepEqual(unitOf(0), [false, null]);
    assert.ok(families.bytes <= 1_048_576);
    // Another unit of a metric takes the place of the one before.
    const before = families.bytes;
    tenants.set(families, nameOf(19_999), { type: COUNTER, unit: 'ms' });
    assert.equal(families.bytes, before + 2);
    // Names and units as long as they may be.
    for (let n = 0; n < 10_000; n++)
      tenants.set(families, `${n}`.padEnd(256, 'x'), { type: COUNTER, unit: 'u'.repeat(256) });
    assert.ok(families.bytes <= 1_048_576);
    assert.deepEqual(unitOf(19_999), [false, null]);
  });
});
