import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Registry } from 'prom-client';
import { tenantCounter } from '../../../shared/process/tenant-counter.js';

it('counts by tenant, of a bounded number of them: the one counted least recently makes room', async () => {
  const register = new Registry();
  const count = tenantCounter(register, { name: 'refused_total', help: 'Refused' });
  count('first');
  count('second');
  for (let i = 0; i < 98; i++) count(`t${i}`);
  count('first');
  for (let i = 0; i < 50; i++) count(`another-${i}`);
  const values = (await register.getSingleMetric('refused_total')?.get())?.values ?? [];
  assert.equal(values.length, 100);
  const of = (tenant: string) => values.find(({ labels }) => labels.tenant === tenant)?.value;
  assert.deepEqual([of('first'), of('second'), of('another-49')], [2, undefined, 1]);
});
