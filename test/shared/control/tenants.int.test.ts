import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadConfig } from '../../../shared/config/load.js';
import { commandAccess } from '../../../shared/control/control-access.js';
import { createKey, listKeys } from '../../../shared/control/keys.js';
import { applyTenants, listTenants, planRemoval, removeTenant } from '../../../shared/control/tenants.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger } from '../../../shared/process/logger.js';
import { latestValues, writeControl } from '../../../shared/runners/control-records.js';
import { followedProfiles } from '../../../shared/runners/follow-tenants.js';
import { sensitivityKey } from '../../../shared/wire/sensitivity-key.js';
import { ruleRecord, silenceRecord } from '../../services/control/records.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { sensitivityOf } from '../detection/sensitivities.js';

/** How soon every process knows of a change. */
const PROMISED_MS = 2_000;

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
  const access = commandAccess(context);
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
    assert.deepEqual(await applyTenants(access, file(acme)), ['acme']);
    assert.deepEqual(await applyTenants(access, file(acme)), []);
    const { tenants, follow } = followedProfiles(context);
    const stop = await follow();
    assert.deepEqual([tenants.has('acme'), tenants.profileOf('acme').maxSeries], [true, 5]);
    assert.deepEqual(await applyTenants(access, file(`${acme}  - { id: bolt, retentionDays: 3 }\n`)), [
      'bolt',
    ]);
    // Gateway, ingest, anomaly and batch follow tenants this way.
    await until('bolt', () => tenants.profileOf('bolt').retentionDays === 3, PROMISED_MS);
    const listed = (await listTenants(access)).map(({ id, source }) => `${id} ${source}`);
    assert.deepEqual(listed, ['acme topic', 'bolt topic', 'fixed file']);
    for (const refused of [
      () => applyTenants(access, file('tenants: [{ id: fixed, maxSeries: 8 }]')),
      () => planRemoval(access, 'fixed'),
    ])
      await assert.rejects(refused, /tenant "fixed" is in TENANTS_FILE .*read-only here/);

    const wanted = { scopes: ['read'], name: '', expires: null } as const;
    const { key } = await createKey(access, { ...wanted, tenant: 'acme' });
    const { key: other } = await createKey(access, { ...wanted, tenant: 'bolt' });
    const rules = [ruleRecord('own', { tenantGlob: 'acme' }), ruleRecord('all')];
    const silences = [
      silenceRecord('one', { tenantId: 'acme' }),
      silenceRecord('bolt', { tenantId: 'bolt' }),
      silenceRecord('every'),
      silenceRecord('f1', { kind: 'acknowledgement', matchers: [], tenantId: 'acme' }),
    ];
    await writeControl(context, {
      changes: [
        ...rules.map((value) => ({ topic: 'control.rules', key: value.id, value }) as const),
        ...silences.map((value) => {
          const key = value.kind === 'silence' ? `silence|${value.id}` : `ack|${value.id}`;
          return { topic: 'control.alerts', key, value } as const;
        }),
        ...['acme', 'bolt'].map((id) => {
          const value = sensitivityOf(id, 'cpu', 0.7);
          return { topic: 'control.sensitivities', key: sensitivityKey(id, 'cpu'), value } as const;
        }),
      ],
      entries: [],
    });
    assert.deepEqual((await planRemoval(access, '*'))?.keys ?? [], [], 'there is no profile for all yet');
    assert.equal(await planRemoval(access, 'nobody'), null);
    const removal = await planRemoval(access, 'acme');
    assert.ok(removal !== null);
    assert.deepEqual(
      [removal.keys.map(({ id }) => id), [...removal.rules.keys()], [...removal.silences.keys()]],
      [[key.id], ['own'], ['silence|one']],
    );
    await removeTenant(access, removal);
    await until('acme to be gone', () => !tenants.has('acme'), PROMISED_MS);
    assert.deepEqual([...(await latestValues(context, 'control.rules')).keys()], ['all']);
    const left = await latestValues(context, 'control.alerts');
    assert.deepEqual([...left.keys()].sort(), ['silence|bolt', 'silence|every', 'silence|one']);
    const ends = [...left].map(([id, { endsAt }]) => `${id} ${endsAt > Date.now()}`).sort();
    assert.deepEqual(ends, ['silence|bolt true', 'silence|every true', 'silence|one false']);
    const sensitivities = await latestValues(context, 'control.sensitivities');
    assert.deepEqual([...sensitivities.values()], [sensitivityOf('bolt', 'cpu', 0.7)]);
    const states = new Map((await listKeys(access)).map(({ key: { id }, state }) => [id, state]));
    assert.deepEqual([states.get(key.id), states.get(other.id)], ['revoked', 'in force']);
    const actions = [...(await latestValues(context, 'audit')).values()].map(({ action }) => action);
    assert.ok(actions.includes('tenant.remove'), actions.join());

    // A profile for all is no tenant: keys and rules for all stay.
    const { key: admin } = await createKey(access, { ...wanted, tenant: '*' });
    await applyTenants(access, file('tenants: [{ id: "*", retentionDays: 9 }]'));
    const ofAll = await planRemoval(access, '*');
    assert.ok(ofAll !== null);
    await removeTenant(access, ofAll);
    assert.ok((await latestValues(context, 'control.rules')).has('all'));
    const state = (await listKeys(access)).find(({ key: { id } }) => id === admin.id)?.state;
    assert.equal(state, 'in force');
    await stop();
  });
});
