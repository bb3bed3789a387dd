import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { keySecret } from '../../../shared/config/key-secret.js';
import { loadConfig } from '../../../shared/config/load.js';
import { commandAccess } from '../../../shared/control/control-access.js';
import { createKey, listKeys, revokeKey } from '../../../shared/control/keys.js';
import { systemClock } from '../../../shared/core/clock.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger } from '../../../shared/process/logger.js';
import { latestValues, writeControl } from '../../../shared/runners/control-records.js';
import { KeyRing } from '../../../shared/security/key-ring.js';
import { sensitivityKey } from '../../../shared/wire/sensitivity-key.js';
import { sensitivityOf } from '../../shared/detection/sensitivities.js';
import { runTactus } from '../../support/command-line.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { PlainClient } from '../../support/plain-client.js';
import { sharedServers } from '../../support/servers.js';
import { ruleRecord, silenceRecord, tenantRecord } from './records.js';

const SECRET = 'of this installation, and of no other one';
const TOPICS = [
  ...(['control.tenants', 'control.keys', 'control.rules', 'control.alerts'] as const),
  'control.sensitivities',
] as const;

describe('control export and import', { timeout: 280_000 }, () => {
  const servers = sharedServers();
  const folder = mkdtempSync(join(tmpdir(), 'tactus-control-'));
  const path = join(folder, 'control.json');
  const stopping = new AbortController();
  /** A cluster of its own, as far as control topics are concerned. */
  const cluster = (name: string, env: Record<string, string> = {}) => {
    const all = { ...servers, TOPIC_PREFIX: ownPrefix(name), TACTUS_KEYS_SECRET: SECRET, ...env };
    const log = createLogger('test', 'silent');
    const context = { config: loadConfig(all), log, health: new Health(), stopping: stopping.signal };
    return {
      context,
      access: commandAccess(context),
      tactus: (...args: string[]) => runTactus(['control', ...args], all),
      env: all,
    };
  };
  const from = cluster('export');
  const to = cluster('import');
  after(() => {
    stopping.abort();
    rmSync(folder, { recursive: true });
  });

  /** The Avro of each record by topic and key: the value without the id of its schema. */
  const bytesOf = async (prefix: string) => {
    const client = new PlainClient(servers, prefix);
    const found = new Map<string, string>();
    const admin = client.kafka.admin();
    await admin.connect();
    for (const topic of TOPICS) {
      const [end] = await admin.fetchTopicOffsets(prefix + topic);
      const follower = await client.follow(topic);
      await follower.wait(Number(end?.offset));
      for (const { key, bytes } of follower.records)
        found.set(`${topic} ${key}`, bytes.subarray(5).toString('base64'));
      await follower.close();
    }
    await admin.disconnect();
    return [...found].sort();
  };

  it('bring all of it to an empty cluster, byte for byte, where keys verify with the same secret', async () => {
    const made = { scopes: ['read'], name: 'n', expires: null } as const;
    const { key, text } = await createKey(from.access, { ...made, tenant: 'acme' });
    const { key: gone } = await createKey(from.access, { ...made, tenant: '*' });
    await revokeKey(from.access, gone.id);
    const values = [
      ['control.tenants', 'acme', tenantRecord('acme', { maxSeries: 5, thresholds: { cpu: 90.5, mem: 80 } })],
      ['control.tenants', '*', tenantRecord('*', { retentionDays: 730 })],
      ['control.rules', 'own', ruleRecord('own', { tenantGlob: 'acme', labels: { b: '1', a: '2' } })],
      ['control.alerts', 'silence|s1', silenceRecord('s1', { tenantId: 'acme' })],
      ['control.alerts', 'ack|f1', silenceRecord('f1', { kind: 'acknowledgement', matchers: [] })],
      ['control.sensitivities', sensitivityKey('acme', 'c*'), sensitivityOf('acme', 'c*', 0.7)],
    ] as const;
    const changes = values.map(([topic, id, value]) => ({ topic, key: id, value }));
    await writeControl(from.context, { changes, entries: [] });

    const exported = await from.tactus('export', path);
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(exported.stdout, /: 2 tenants, 2 keys, 1 rules, 2 silences, 1 sensitivities\n$/);
    assert.equal((statSync(path).mode & 0o777).toString(8), '600');
    assert.ok(!readFileSync(path, 'utf8').includes(text));

    const dry = await to.tactus('import', path, '--dry-run');
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(
      dry.stdout,
      /^tenant "\*"\n.*would write: 2 tenants, 2 keys, 1 rules, 2 silences, 1 sensitivities; 0 there/s,
    );
    assert.equal((await latestValues(to.context, 'control.tenants')).size, 0);

    const imported = await to.tactus('import', path);
    assert.equal(imported.code, 0, imported.stderr);
    assert.match(
      imported.stdout,
      /^written: 2 tenants, 2 keys, 1 rules, 2 silences, 1 sensitivities; 0 there already/,
    );
    const [before, now] = await Promise.all([bytesOf(from.env.TOPIC_PREFIX), bytesOf(to.env.TOPIC_PREFIX)]);
    assert.equal(now.length, 8);
    assert.deepEqual(now, before);

    const ring = new KeyRing(keySecret(to.context.config));
    for (const [id, record] of await latestValues(to.context, 'control.keys'))
      assert.equal(ring.changed(id, record), null);
    const answer = ring.verify(text, systemClock.now());
    assert.equal('keyId' in answer && answer.keyId, key.id);
    assert.equal((await listKeys(to.access)).filter(({ state }) => state === 'revoked').length, 1);
    const again = await to.tactus('import', path);
    assert.match(
      again.stdout,
      /^written: 0 tenants, 0 keys, 0 rules, 0 silences, 0 sensitivities; 8 there already/,
    );
    const audit = await latestValues(to.context, 'audit');
    const actions = [...audit.values()].map(({ action }) => action);
    assert.ok(actions.includes('control.import'), actions.join());
    assert.equal(audit.get('*')?.action, 'control.import', 'it is about all tenants');
  });

  it('say what is wrong with another secret, and do what can be done without the keys', async () => {
    const other = cluster('import-other', { TACTUS_KEYS_SECRET: 'of another installation, with its own' });
    const refused = await other.tactus('import', path);
    assert.equal(refused.code, 78);
    assert.match(refused.stderr, /none of the 2 has a right MAC: TACTUS_KEYS_SECRET is another one here/);
    for (const topic of TOPICS) assert.equal((await latestValues(other.context, topic)).size, 0, topic);
    const rest = await other.tactus('import', path, '--only', 'tenants,rules,silences');
    assert.match(rest.stdout, /^written: 2 tenants, 0 keys, 1 rules, 2 silences/);
  });

  it('refuse what is there and differs, unless it is to be replaced; a revoked key and TENANTS_FILE stay', async () => {
    const file = join(folder, 'tenants.yaml');
    writeFileSync(file, 'tenants:\n  - { id: acme, maxSeries: 7 }\n');
    const readOnly = cluster('', { TOPIC_PREFIX: to.env.TOPIC_PREFIX, TENANTS_FILE: file });
    const own = ruleRecord('own', { severity: 'critical' });
    await writeControl(to.context, {
      changes: [
        { topic: 'control.rules', key: 'own', value: own },
        { topic: 'control.tenants', key: 'acme', value: null },
      ],
      entries: [],
    });
    const [live] = (await listKeys(to.access)).filter(({ state }) => state === 'in force');
    await revokeKey(to.access, live?.key.id ?? '');

    const refused = await readOnly.tactus('import', path);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /rule "own" is there already, and not the same\n.*--replace/);
    assert.equal((await latestValues(to.context, 'control.rules')).get('own')?.severity, 'critical');

    const replaced = await readOnly.tactus('import', path, '--replace');
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.match(replaced.stderr, /left out: in TENANTS_FILE, and read-only here: acme\n/);
    assert.match(replaced.stderr, new RegExp(`key ${live?.key.id} was revoked here, which is final`));
    assert.match(replaced.stdout, /^written: 0 tenants, 0 keys, 1 rules, 0 silences/);
    assert.equal((await latestValues(to.context, 'control.rules')).get('own')?.severity, 'info');
    assert.deepEqual([...(await latestValues(to.context, 'control.tenants')).keys()], ['*']);
    assert.ok((await listKeys(to.access)).every(({ state }) => state === 'revoked'));
    const named = await readOnly.tactus('export', join(folder, 'second.json'));
    assert.match(named.stderr, /tenants of TENANTS_FILE, copy that file too: acme\n/);
  });

  it('name what nobody can read, which rm and a new record take away', async () => {
    const broken = cluster('broken');
    await writeControl(broken.context, {
      changes: [{ topic: 'control.tenants', key: 'acme', value: tenantRecord('acme') }],
      entries: [],
    });
    const value = Buffer.from('no record at all');
    const client = new PlainClient(servers, broken.env.TOPIC_PREFIX);
    for (const topic of TOPICS)
      await client.produce(topic, [
        { key: 'once', value },
        { key: 'once', value: null },
        { key: 'broken', value },
      ]);

    const tactus = (...args: string[]) => runTactus(args, broken.env);
    const exported = await broken.tactus('export', path);
    assert.equal(exported.code, 1, exported.stdout);
    for (const part of ['tenant', 'key', 'rule', 'silence', 'sensitivity'])
      assert.match(exported.stderr, new RegExp(`left out: ${part} "broken": .*(bytes|schema)`));
    assert.ok(!exported.stderr.includes('once'));
    const listed = await tactus('tenants', 'ls');
    assert.match(listed.stdout, /^broken +control\.tenants +sets nothing: /m);
    const keys = await tactus('keys', 'ls');
    assert.match(keys.stderr, /left out: key "broken": /);
    const inJson = JSON.parse((await tactus('keys', 'ls', '--json')).stdout) as {
      unreadable: { id: string }[];
    };
    assert.deepEqual(
      inJson.unreadable.map(({ id }) => id),
      ['broken'],
    );
    const removed = await tactus('tenants', 'rm', 'broken', '--yes');
    assert.equal(removed.code, 0, removed.stderr);
    assert.doesNotMatch((await tactus('tenants', 'ls')).stdout, /broken/);
  });
});
