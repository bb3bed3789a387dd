import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { RuleConfig } from '../../../schemas/types.js';
import { createKey, listKeys } from '../../../services/control/keys.js';
import { applyTenants, listTenants, planRemoval, removeTenant } from '../../../services/control/tenants.js';
import { loadConfig } from '../../../shared/config/load.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger } from '../../../shared/process/logger.js';
import { latestValues, writeControl } from '../../../shared/runners/control-records.js';
import { followedProfiles } from '../../../shared/runners/follow-tenants.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';

const RULE: RuleConfig = {
  ...{ id: '', tenantGlob: '*', expression: 'mean > 1.0', on: 'window', window: '10s', metricGlob: '*' },
  ...{ forMs: 0, keepFiringForMs: 0, staleAfterMs: null, noData: 'resolve', severity: 'info', enabled: true },
  ...{ metrics: {}, values: {}, groupBy: [], labels: {}, annotations: {}, updatedAt: 0 },
};

describe('tenants', { timeout: 280_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-tenants-'));
  const readOnly = join(folder, 'read-only.yaml');
  writeFileSync(readOnly, 'tenants:\n  - { id: fixed, maxSeries: 7 }\n');
  const stopping = new AbortController();
  const config = loadConfig({
    ...sharedServers(),
    ...{ TOPIC_PREFIX: ownPrefix('tenants'), TENANTS_FILE: readOnly },
    TACTUS_KEYS_SECRET: 'of this installation, and of no other one',
  });
  const log = createLogger('test', 'silent');
  const context = { config, log, health: new Health(), stopping: stopping.signal };
  const file = (text: string) => {
    const path = join(folder, 'tenants.yaml');
    writeFileSync(path, text);
    return path;
  };
  after(() => {
    stopping.abort();
    rmSync(folder, { recursive: true });
  });

  it('are written where they differ, followed, and removed with their keys and rules', async () => {
    const acme = 'tenants:\n  - { id: acme, maxSeries: 5, quotas: { pointsPerSecond: 9 } }\n';
    assert.deepEqual(await applyTenants(context, file(acme)), ['acme']);
    assert.deepEqual(await applyTenants(context, file(acme)), []);
    const { tenants, follow } = followedProfiles(context);
    const stop = await follow();
    assert.deepEqual([tenants.has('acme'), tenants.profileOf('acme').maxSeries], [true, 5]);
    assert.deepEqual(await applyTenants(context, file(`${acme}  - { id: bolt, retentionDays: 3 }\n`)), [
      'bolt',
    ]);
    await until('bolt', () => tenants.profileOf('bolt').retentionDays === 3);
    const listed = (await listTenants(context)).map(({ id, source }) => `${id} ${source}`);
    assert.deepEqual(listed, ['acme topic', 'bolt topic', 'fixed file']);
    for (const refused of [
      () => applyTenants(context, file('tenants: [{ id: fixed, maxSeries: 8 }]')),
      () => planRemoval(context, 'fixed'),
    ])
      await assert.rejects(refused, /tenant "fixed" is in TENANTS_FILE .*read-only here/);

    const wanted = { scopes: ['read'], name: '', expires: null } as const;
    const { key } = await createKey(context, { ...wanted, tenant: 'acme' });
    const { key: other } = await createKey(context, { ...wanted, tenant: 'bolt' });
    const rules = [
      { ...RULE, id: 'own', tenantGlob: 'acme' },
      { ...RULE, id: 'all' },
    ];
    await writeControl(
      context,
      rules.map((value) => ({ topic: 'control.rules', key: value.id, value })),
      [],
    );
    assert.equal(await planRemoval(context, 'nobody'), null);
    const removal = await planRemoval(context, 'acme');
    assert.ok(removal !== null);
    assert.deepEqual(
      [removal.keys.map(({ id }) => id), removal.rules.map(({ id }) => id)],
      [[key.id], ['own']],
    );
    await removeTenant(context, removal);
    await until('acme to be gone', () => !tenants.has('acme'));
    assert.deepEqual([...(await latestValues(context, 'control.rules')).keys()], ['all']);
    const states = new Map((await listKeys(context)).map(({ key: { id }, state }) => [id, state]));
    assert.deepEqual([states.get(key.id), states.get(other.id)], ['revoked', 'in force']);
    const actions = [...(await latestValues(context, 'audit')).values()].map(({ action }) => action);
    assert.ok(actions.includes('tenant.remove'), actions.join());
    await stop();
  });
});
