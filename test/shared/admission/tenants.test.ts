import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tenants } from '../../../shared/admission/tenants.js';
import { KnownTenants } from '../../../shared/tenancy/known-tenants.js';
import { NO_PROFILE } from '../../../shared/tenancy/profile.js';

describe('how many series a tenant may have', () => {
  const known = new KnownTenants();
  const tenants = new Tenants({ rejectUnknown: false, maxSeries: 100 }, known);
  const quotas = { ...NO_PROFILE.quotas, activeSeries: 90 };

  it('is its own limit, or that of the installation', () => {
    known.useRecord('own', { ...NO_PROFILE, maxSeries: 7 });
    assert.deepEqual([tenants.maxSeries('own'), tenants.maxSeries('any')], [7, 100]);
  });

  it('is its quota, and no more than the limit', () => {
    known.useRecord('shared', { ...NO_PROFILE, quotas });
    known.useRecord('both', { ...NO_PROFILE, quotas, maxSeries: 20 });
    assert.deepEqual([tenants.maxSeries('shared'), tenants.maxSeries('both')], [90, 20]);
  });
});
