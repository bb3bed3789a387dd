import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PartitionClaim } from '../../../services/ingest/partition-claim.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { Tenants } from '../../../shared/admission/tenants.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import { KnownTenants } from '../../../shared/tenancy/known-tenants.js';
import { NO_PROFILE } from '../../../shared/tenancy/profile.js';
import { pointOf } from '../../support/point.js';

const codecs = staticCodecs();

describe('what a partition claims', () => {
  function claimed(...tenantIds: string[]) {
    const known = new KnownTenants();
    const claim = new PartitionClaim(new Tenants({ rejectUnknown: false, maxSeries: 1 }, known), 0);
    const look = () => {
      const segments = tenantIds.flatMap((tenantId) => {
        const value = codecs.encoder('ingest.metrics').encode(pointOf({ tenantId }));
        return arrayBatch({ topic: 'ingest.metrics', records: [{ value }] }).segments;
      });
      claim.look(segments);
      return claim.current;
    };
    return { known, look };
  }

  it('is that of all others as long as nobody has a weight or a priority', () => {
    const { look } = claimed('a', 'b');
    assert.deepEqual(look(), { weight: 1, priority: 0 });
  });

  it('is the mean of the tenants whose records it carries, and follows what is set for them', () => {
    const { known, look } = claimed('bärlauch', 'bärlauch', 'b', 'c');
    known.useFile(new Map([['bärlauch', { ...NO_PROFILE, weight: 8, priority: 10 }]]));
    assert.deepEqual(look(), { weight: 4.5, priority: 5 });
    known.useRecord('*', { ...NO_PROFILE, weight: 2 });
    assert.deepEqual(look(), { weight: 5, priority: 5 });
    known.useFile(new Map());
    known.useRecord('*', null);
    assert.deepEqual(look(), { weight: 1, priority: 0 });
  });

  it('is that of events by the tenant behind the id', () => {
    const known = new KnownTenants();
    known.useRecord('t', { ...NO_PROFILE, priority: 3 });
    const claim = new PartitionClaim(new Tenants({ rejectUnknown: false, maxSeries: 1 }, known), 1);
    const event = {
      id: 'x'.repeat(200),
      tenantId: 't',
      type: 'login',
      timestamp: 0,
      subjectId: null,
      attributes: {},
    };
    const value = codecs.encoder('ingest.events').encode(event);
    claim.look(arrayBatch({ topic: 'ingest.events', records: [{ value }] }).segments);
    assert.equal(claim.current.priority, 3);
  });

  it('stays as it is when the records are no values', () => {
    const { known, look } = claimed('a');
    known.useRecord('a', { ...NO_PROFILE, weight: 3 });
    assert.equal(look().weight, 3);
    const claim = new PartitionClaim(new Tenants({ rejectUnknown: false, maxSeries: 1 }, known), 1);
    const records = [
      null,
      Buffer.alloc(0),
      Buffer.from([0, 0, 0, 0, 1]),
      Buffer.from([0, 0, 0, 0, 1, 200, 200, 200]),
    ];
    for (const value of records)
      claim.look(arrayBatch({ topic: 'ingest.metrics', records: [{ value }] }).segments);
    assert.deepEqual(claim.current, { weight: 1, priority: 0 });
  });
});
