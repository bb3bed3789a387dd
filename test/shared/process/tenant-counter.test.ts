import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Counter } from 'prom-client';
import { countedByTenant } from '../../../shared/process/tenant-counter.js';

it('counts by tenant, of a bounded number of them: the one counted least recently makes room', async () => {
  const counter = new Counter({
    name: 'refused_total',
    help: 'Refused',
    labelNames: ['tenant'],
    registers: [],
  });
  const count = countedByTenant(counter);
  count('first');
  count('second');
  for (let i = 0; i < 98; i++) count(`t${i}`);
  count('first');
  for (let i = 0; i < 50; i++) count(`another-${i}`);
  const values = (await counter.get()).values;
  assert.equal(values.length, 100);
  const of = (tenant: string) => values.find(({ labels }) => labels.tenant === tenant)?.value;
  assert.deepEqual([of('first'), of('second'), of('another-49')], [2, undefined, 1]);
});
