import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import type { ApiKey, AuditRecord } from '../../../schemas/types.js';
import { Codecs } from '../../../shared/adapters/avro/codecs.js';
import { loadConfig } from '../../../shared/config/load.js';
import { commandAccess } from '../../../shared/control/control-access.js';
import { createKey, listKeys, revokeKey, rotateKey } from '../../../shared/control/keys.js';
import { systemClock } from '../../../shared/core/clock.js';
import { isRefusal, type KeyVerifier, type Scope } from '../../../shared/ports/keys.js';
import { Health } from '../../../shared/process/health.js';
import { createLogger } from '../../../shared/process/logger.js';
import { type AuditTrail, openAuditTrail } from '../../../shared/runners/audit-trail.js';
import { followKeys } from '../../../shared/runners/follow-keys.js';
import { KeySecret } from '../../../shared/security/key-secret.js';
import { makeKeyText } from '../../../shared/security/key-text.js';
import { runTactus } from '../../support/command-line.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { type Follower, PlainClient } from '../../support/plain-client.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';

const SECRET = 'of this installation, and of no other one';
/** How soon every process knows of a change. */
const PROMISED_MS = 2_000;
const ACCESS = { resource: 'POST /api/v1/metrics', from: '192.0.2.1' };

describe('keys', { timeout: 300_000 }, () => {
  const servers = sharedServers();
  const env = { ...servers, TOPIC_PREFIX: ownPrefix('keys'), TACTUS_KEYS_SECRET: SECRET };
  const client = new PlainClient(servers, env.TOPIC_PREFIX);
  const stopping = new AbortController();
  const metrics = new Registry();
  /** Of a command: where a context has the name of a worker, only its own topics are made. */
  const commands = {
    ...{ config: loadConfig(env), log: createLogger('test', 'silent') },
    ...{ health: new Health(), stopping: stopping.signal },
  };
  const context = { ...commands, name: 'gateway', clock: systemClock, metrics, fail: assert.fail };
  const access = commandAccess(commands);
  const tactus = (...args: string[]) => runTactus(['keys', ...args], env);
  let audit: AuditTrail;
  let keys: KeyVerifier;
  let stop: () => Promise<void>;
  let records: Follower<AuditRecord>;

  before(async () => {
    assert.deepEqual(await listKeys(access), []);
    audit = await openAuditTrail(context);
    ({ keys, stop } = await followKeys(context, audit));
    records = await client.follow<AuditRecord>('audit');
  });
  after(async () => {
    stopping.abort();
    await Promise.all([stop(), audit.close(), records.close()]);
  });

  const answerTo = (text: string) => {
    const answer = keys.verify(text, ACCESS);
    return isRefusal(answer) ? answer.refused : answer.tenantId;
  };
  const create = async (scope: Scope): Promise<string> =>
    (await createKey(access, { tenant: 'acme', scopes: [scope], name: '', expires: null })).text;
  const idOf = (text: string) => text.split('_')[1] as string;
  const soon = (text: string, answer: string, ms?: number) =>
    until(answer, () => answerTo(text) === answer, ms);

  it('are known soon after they are made, and refused soon after they are revoked', async (t) => {
    const wanted = ['--scopes', 'write:metrics,read', '--name', 'prometheus', '--expires', '90d'];
    const created = await tactus('create', '--tenant', 'acme', ...wanted);
    assert.equal(created.code, 0, created.stderr);
    assert.match(created.stdout, /^tactus_\S+\n$/, 'the key is alone on stdout');
    const text = created.stdout.trim();
    assert.ok(!created.stderr.includes(text));
    const began = performance.now();
    await soon(text, 'acme');
    t.diagnostic(`known ${Math.round(performance.now() - began)} ms after the command had ended`);
    const { stdout } = await tactus('ls', '--json');
    const [listed] = JSON.parse(stdout).keys;
    assert.deepEqual(
      [listed.id, listed.state, listed.tenantId, listed.scopes, listed.name],
      [idOf(text), 'in force', 'acme', ['write:metrics', 'read'], 'prometheus'],
    );
    assert.equal(Date.parse(listed.expiresAt) - Date.parse(listed.createdAt), 90 * 86_400_000);
    assert.ok(!stdout.includes(text));
    const revoked = await tactus('revoke', idOf(text));
    assert.deepEqual([revoked.code, revoked.stdout], [0, `key ${idOf(text)} is revoked\n`]);
    await soon(text, 'revoked');
    assert.equal((await tactus('revoke', idOf(text))).code, 1);
    await until('all of it in audit', () => {
      const said = records.values.filter(({ resource }) => resource === `key/${idOf(text)}`);
      return (
        said.map(({ action, outcome }) => `${action} ${outcome}`).join() === 'key.create done,key.revoke done'
      );
    });
    await until('the refusal in audit', () =>
      records.values.some(
        ({ action, user, details }) =>
          action === 'access' && user === `key:${idOf(text)}` && details.reason === 'revoked',
      ),
    );
    for (const { bytes } of records.records) assert.ok(!bytes.includes(text.slice(20)));
    assert.ok((await metrics.metrics()).includes('tactus_key_refusals_total{reason="revoked"}'));
  });

  it('count, and are refused, within two seconds of their records being in Kafka', async () => {
    const text = await create('read');
    await soon(text, 'acme', PROMISED_MS);
    assert.ok((await revokeKey(access, idOf(text))) !== null);
    await soon(text, 'revoked', PROMISED_MS);
  });

  it('are replaced by rotate: at once, or with a time in which both are good', async () => {
    const first = await create('operate');
    const second = (await rotateKey(access, idOf(first), 3_600_000))?.text ?? '';
    await soon(second, 'acme');
    assert.equal(answerTo(first), 'acme');
    const third = (await rotateKey(access, idOf(second), 0))?.text ?? '';
    await soon(third, 'acme');
    await soon(second, 'revoked');
    const listed = await listKeys(access);
    const of = (text: string) => listed.find(({ key }) => key.id === idOf(text))?.key;
    assert.deepEqual(of(third)?.scopes, ['operate']);
    assert.ok((of(first)?.expiresAt ?? Number.POSITIVE_INFINITY) <= Date.now() + 3_600_000);
    assert.equal(await rotateKey(access, 'aaaaaaaaaaaa', 0), null);
  });

  it('cannot be made by who writes the topic and does not know the secret', async () => {
    const forger = new KeySecret('of somebody who can write to Kafka only');
    const { id, text } = makeKeyText();
    const forged: ApiKey = forger.sealed({
      ...{ id, hash: forger.hashOf(text), tenantId: '*', scopes: ['admin'], name: '', createdAt: Date.now() },
      ...{ expiresAt: null, revokedAt: null },
    });
    const good = await create('read');
    await soon(good, 'acme');
    const encoder = await new Codecs(context).encoder('control.keys');
    await client.produce('control.keys', [
      { key: id, value: encoder.encode(forged) },
      { key: idOf(good), value: encoder.encode({ ...forged, id: idOf(good) }) },
    ]);
    const later = await create('read');
    await soon(later, 'acme');
    assert.equal(answerTo(text), 'unknown');
    assert.equal(answerTo(good), 'acme');
    assert.match(await metrics.metrics(), /tactus_key_records_ignored_total 2/);
    const states = (await listKeys(access)).filter(({ key }) => key.id === id).map(({ state }) => state);
    assert.deepEqual(states, ['forged']);
  });

  it('need a secret: without a good one the command ends with exit code 78', async () => {
    for (const [wrong, why] of [
      ['', /TACTUS_KEYS_SECRET \(keys\.secret: must be a secret of at least 32 characters/],
      ['short-of-it', /value was \*\*\*, of 11 characters/],
    ] as const) {
      const { code, stdout, stderr } = await runTactus(['keys', 'ls'], { ...env, TACTUS_KEYS_SECRET: wrong });
      assert.deepEqual([code, stdout], [78, '']);
      assert.match(stderr, why);
      assert.ok(wrong === '' || !stderr.includes(wrong));
    }
  });
});
