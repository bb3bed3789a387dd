import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { retentionRows } from '../../../services/batch/database/retention-profiles.js';
import { KnownTenants } from '../../../shared/tenancy/known-tenants.js';
import { NO_PROFILE, type TenantProfile } from '../../../shared/tenancy/profile.js';

const profile = (fields: Partial<TenantProfile>): TenantProfile => ({ ...NO_PROFILE, ...fields });

describe('known tenants', () => {
  it('have what the file sets, else the topic, else either for *', () => {
    const tenants = new KnownTenants();
    assert.equal(tenants.profileOf('acme'), NO_PROFILE);
    tenants.useRecord('*', profile({ retentionDays: 7, sensitivity: 0.1, priority: 1 }));
    tenants.useRecord('acme', profile({ retentionDays: 30, sensitivity: 0.2 }));
    tenants.useFile(new Map([['acme', profile({ sensitivity: 0.9 })]]));
    const set = (id: string) => {
      const { retentionDays, sensitivity, priority } = tenants.profileOf(id);
      return [retentionDays, sensitivity, priority];
    };
    assert.deepEqual(set('acme'), [30, 0.9, 1]);
    assert.deepEqual(set('nobody'), [7, 0.1, 1]);
    tenants.useRecord('*', null);
    assert.deepEqual(set('acme'), [30, 0.9, null]);
    tenants.useFile(new Map());
    assert.deepEqual(set('acme'), [30, 0.2, null]);
    tenants.useRecord('acme', null);
    assert.deepEqual(set('acme'), [null, null, null]);
  });

  it('are those that file or topic name; * is none', () => {
    const tenants = new KnownTenants();
    tenants.useRecord('*', NO_PROFILE);
    tenants.useRecord('acme', NO_PROFILE);
    tenants.useFile(new Map([['bolt', NO_PROFILE]]));
    assert.deepEqual(
      ['acme', 'bolt', '*', 'nobody'].map((id) => tenants.has(id)),
      [true, true, false, false],
    );
    tenants.useFile(new Map());
    tenants.useRecord('acme', null);
    assert.deepEqual([tenants.has('acme'), tenants.has('bolt')], [false, false]);
  });

  it('have another version after each change', () => {
    const tenants = new KnownTenants();
    tenants.useRecord('acme', NO_PROFILE);
    tenants.useFile(new Map());
    assert.equal(tenants.version, 2);
  });
});

describe('the retention of tenants', () => {
  it('has a row for *, and for each tenant with another retention', () => {
    const tenants = new KnownTenants();
    assert.deepEqual(retentionRows(tenants), []);
    tenants.useRecord('plain', profile({ sensitivity: 1 }));
    tenants.useRecord('acme', profile({ rawRetentionDays: 30 }));
    assert.deepEqual(retentionRows(tenants), [{ tenantId: 'acme', retentionDays: null, rawDays: 30 }]);
    tenants.useRecord('*', profile({ retentionDays: 90 }));
    assert.deepEqual(retentionRows(tenants), [
      { tenantId: '*', retentionDays: 90, rawDays: null },
      { tenantId: 'acme', retentionDays: 90, rawDays: 30 },
    ]);
  });
});
