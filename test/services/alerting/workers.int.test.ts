import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Alert, Anomaly, WindowAggregate } from '../../../schemas/types.js';
import { loadSchemas, recordSchema } from '../../../shared/catalog/schemas.js';
import { configOf } from '../../../shared/catalog/tenants-file.js';
import { NO_PROFILE } from '../../../shared/tenancy/profile.js';
import { sensitivityKey } from '../../../shared/wire/sensitivity-key.js';
import { windowOf } from '../../shared/alerting/helpers.js';
import { normal, seeded } from '../../shared/detection/generators.js';
import { sensitivityOf } from '../../shared/detection/sensitivities.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { type Follower, PlainClient } from '../../support/plain-client.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

const RULES = `
rules:
  - { name: Hot, window: 10s, metric: cpu, expr: mean > 80.0, for: 30s, staleAfter: 7d }
  - { name: Odd, on: anomaly, expr: 'anomaly.severity == "critical"', staleAfter: 7d }
  - { record: 'cpu:count', window: 10s, metric: cpu, tenant: t0, expr: count, labels: { by: rule } }
  - name: Ghost
    window: 10s
    metric: ghost
    tenant: ghosts
    noData: alert
    staleAfter: 1s
    expected: [{ tags: { host: g } }]
`;
const HOSTS = Array.from({ length: 8 }, (_, i) => `h${i}`);
/** Alerts of what is expected and never comes. */
const GHOST = 1;
const CALM = 200;
const HOT = 6;
const COOL = 4;

const servers = sharedServers();
const prefix = ownPrefix('alerting');
const client = new PlainClient(servers, prefix);
const folder = mkdtempSync(join(tmpdir(), 'tactus-alerting-'));
const workers: WorkerProcess[] = [];
const schemas = loadSchemas();
const posts: { status: string; alerts: { labels: Record<string, string> }[] }[] = [];
let refusing = true;
let hook: Server;
let anomalies: Follower<Anomaly>;
let alerts: Follower<Alert>;
let windows: Follower<WindowAggregate>;

function startWorker(name: string, env: Record<string, string> = {}): WorkerProcess {
  const rulesFile = join(folder, 'rules.yaml');
  writeFileSync(rulesFile, RULES);
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  const worker = new WorkerProcess(name, {
    ...servers,
    TOPIC_PREFIX: prefix,
    RULES_FILE: rulesFile,
    TACTUS_ALERT_WEBHOOK_URL: url,
    TACTUS_ALERT_ALLOWED_NETWORKS: '127.0.0.0/8',
    ...env,
  });
  workers.push(worker);
  return worker;
}

before(async () => {
  hook = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      if (!refusing) posts.push(JSON.parse(text));
      response.writeHead(refusing ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
});

after(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await Promise.allSettled([anomalies?.close(), alerts?.close(), windows?.close()]);
  hook.close();
  hook.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

/** Rounds of one window for each host: calm, hot for a minute, cool again. */
function rounds(): WindowAggregate[][] {
  return Array.from({ length: CALM + HOT + COOL }, (_, n) =>
    HOSTS.map((host, h) => {
      const mean = n >= CALM && n < CALM + HOT ? 95 : 20 + ((n * 7 + h * 3) % 5);
      return windowOf(n, mean, {
        metric: h % 2 === 0 ? 'cpu' : 'load',
        tags: { host },
        tenantId: `t${h % 4}`,
      });
    }),
  );
}

test('windows become anomalies, alerts and posts, each written once though the workers are killed', async () => {
  const tenantsFile = join(folder, 'tenants.yaml');
  writeFileSync(tenantsFile, 'tenants: [{ id: of-the-file, sensitivity: 0.5 }]\n');
  const anomaly = await startWorker('anomaly').ready();
  const alerting = await startWorker('alerting').ready();
  anomalies = await client.follow<Anomaly>('anomalies');
  alerts = await client.follow<Alert>('alerts');
  windows = await client.follow<WindowAggregate>('windows');
  const encode = await client.encoder('windows', recordSchema(schemas, 'WindowAggregate').schema);
  const produce = (windows: readonly WindowAggregate[]) =>
    client.produce(
      'windows',
      windows.map((w) => ({ key: `${w.tenantId}|${w.metric}`, value: encode(w) })),
    );
  const all = rounds();

  await produce(all.slice(0, CALM + 2).flat());
  // Every host jumps at once: eight anomalies, and four of the metrics are under the rule.
  await anomalies.wait(8);
  await alerts.wait(GHOST + 8 + 4);
  await until(
    'a post to be refused',
    async () => (await alerting.metric('tactus_notifications_total', { outcome: 'failed' })) > 0,
  );
  anomaly.kill('SIGKILL');
  alerting.kill('SIGKILL');
  refusing = false;
  await produce(all.slice(CALM + 2, CALM + HOT).flat());
  startWorker('anomaly', { TENANTS_FILE: tenantsFile });
  const again = startWorker('alerting');
  await alerts.wait(GHOST + 8 + 4 + 4);
  const reported = () =>
    posts.map(({ status, alerts: [one] }) => `${one?.labels.alertname} ${one?.labels.host} ${status}`);
  // A post may come twice, so their number says nothing.
  const posted = (what: string) => reported().includes(what);
  const underRule = HOSTS.filter((_, h) => h % 2 === 0);
  await until(
    'posts of what fires',
    () =>
      HOSTS.every((host) => posted(`Odd ${host} firing`)) &&
      underRule.every((host) => posted(`Hot ${host} firing`)),
  );
  await produce(all.slice(CALM + HOT).flat());
  await alerts.wait(GHOST + 8 + 4 + 4 + 4);
  await until('posts of what has ended', () => underRule.every((host) => posted(`Hot ${host} resolved`)));

  // What was read again after the kill would show up as repetitions before these last ones.
  await produce([
    ...HOSTS.map((host, h) =>
      windowOf(1_000, 0, { metric: h % 2 === 0 ? 'cpu' : 'load', tags: { host }, tenantId: `t${h % 4}` }),
    ),
    windowOf(1_000, 0, { metric: 'ghost', tags: { host: 'g' }, tenantId: 'ghosts' }),
  ]);
  const ghost = () => alerts.values.filter(({ rule }) => rule === 'Ghost');
  // Its only window ends the alert, and what is silent after that raises it anew.
  await until('the ghost to be gone again', () => ghost().length >= 3);
  await until(
    'the last windows to be read',
    async () => (await again.metric('tactus_consumer_lag_records')) === 0,
  );

  assert.equal(new Set(anomalies.values.map(({ id }) => id)).size, anomalies.values.length);
  const jumps = anomalies.values.filter(({ start }) => start === windowOf(CALM, 0).start);
  assert.deepEqual(jumps.map(({ tags }) => tags.host).sort(), HOSTS);
  for (const { severity, explanation } of jumps) {
    assert.equal(severity, 'critical');
    assert.match(explanation, /^4\.\d+x the expected 2\d/);
  }

  // What a rule makes of two of the hosts is there once for each window, whoever was killed.
  const recorded = () => windows.values.filter(({ recordedBy }) => recordedBy !== null);
  const [ofTenant, each] = [['h0', 'h4'], CALM + HOT + COOL + 1];
  await until('all to be recorded', async () => recorded().length >= ofTenant.length * each);
  const known = recorded().map(({ tags, start, end, metric, mean }) =>
    JSON.stringify([tags, start, end, metric, mean]),
  );
  assert.deepEqual(
    known.sort(),
    ofTenant
      .flatMap((host) =>
        [...Array(each - 1).keys(), 1_000].map((n) => {
          const { start, end, count } = windowOf(n, 0);
          return JSON.stringify([{ host, by: 'rule' }, start, end, 'cpu:count', count]);
        }),
      )
      .sort(),
  );

  const hot = alerts.values.filter(({ rule }) => rule === 'Hot');
  for (const host of underRule) {
    const course = hot.filter(({ labels }) => labels.host === host);
    assert.deepEqual(
      course.map(({ state }) => state),
      ['pending', 'firing', 'resolved'],
      host,
    );
    assert.equal(new Set(course.map(({ fingerprint }) => fingerprint)).size, 1);
  }
  // One of the partitions raises it, and whoever was killed.
  assert.deepEqual(
    ghost().map(({ state, labels }) => `${state} ${labels.host}`),
    ['firing g', 'resolved g', 'firing g'],
  );
  const odd = alerts.values.filter(({ rule }) => rule === 'Odd');
  assert.deepEqual(
    odd.map(({ labels, state }) => `${labels.host} ${state}`).sort(),
    HOSTS.map((h) => `${h} firing`),
  );
  for (const { key, value } of alerts.records) assert.equal(key, value.fingerprint);

  const order = reported();
  for (const host of underRule)
    assert.ok(order.indexOf(`Hot ${host} firing`) < order.indexOf(`Hot ${host} resolved`), host);
  assert.ok((await again.metric('tactus_notifications_total', { outcome: 'delivered' })) >= 8 + 4 + 4);
  // The figure is set when what was read is committed, the lag before.
  await until(
    'nine alerts to be left',
    async () => (await again.metric('tactus_alerts', { state: 'firing' })) === GHOST + 8,
  );
  assert.equal(await again.stop(), 0);
});

test('who asks for it gets slighter anomalies from then on: a tenant by its profile, unless the file says otherwise, and a metric', async () => {
  const encode = await client.encoder('windows', recordSchema(schemas, 'WindowAggregate').schema);
  const encodeProfile = await client.encoder('control.tenants', recordSchema(schemas, 'TenantConfig').schema);
  const { schema } = recordSchema(schemas, 'AnomalySensitivity');
  const encodeSensitivity = await client.encoder('control.sensitivities', schema);
  const [keen, others] = ['keen', ['of-the-file', 'without-profile']];
  const ofMetric = sensitivityOf('of-metric', 'c*', 1);
  const profile = (id: string) => configOf(id, { ...NO_PROFILE, sensitivity: 1 }, Date.now());
  const noise = normal(seeded(3), 50, 2);
  let n = 2_000;
  /** The same noise for all, in which there is no anomaly at the usual sensitivity. */
  const more = async () => {
    const windows = Array.from({ length: 50 }, () => windowOf(n++, noise(), { tags: {} }));
    const ofAll = [keen, ...others, ofMetric.tenantId].flatMap((id) =>
      ['cpu', 'load'].flatMap((metric) => windows.map((window) => ({ ...window, metric, tenantId: id }))),
    );
    await client.produce(
      'windows',
      ofAll.map((window) => ({ key: `${window.tenantId}|${window.metric}`, value: encode(window) })),
    );
  };
  const reported = (id: string, metric?: string) =>
    anomalies.values.filter((one) => one.tenantId === id && (metric === undefined || one.metric === metric));

  await more();
  await client.produce(
    'control.tenants',
    [keen, 'of-the-file'].map((id) => ({ key: id, value: encodeProfile(profile(id)) })),
  );
  const key = sensitivityKey(ofMetric.tenantId, ofMetric.metric);
  await client.produce('control.sensitivities', [{ key, value: encodeSensitivity(ofMetric) }]);
  // By the third of them, the first of another tenant would have come too.
  await until('slight anomalies', async () => {
    await more();
    return [reported(keen, 'cpu'), reported(ofMetric.tenantId, 'cpu')].every((all) => all.length > 2);
  });
  assert.deepEqual(
    others.flatMap((id) => reported(id)),
    [],
  );
  assert.deepEqual(reported(ofMetric.tenantId, 'load'), []);

  const running = workers.findLast(({ name }) => name === 'anomaly');
  assert.ok(running !== undefined);
  assert.equal(await running.metric('tactus_anomaly_sensitivities', { state: 'in_force' }), 1);
  await client.produce('control.sensitivities', [{ key, value: null }]);
  await until(
    'the worker to know that it is removed',
    async () => (await running.metric('tactus_anomaly_sensitivities', { state: 'in_force' })) === 0,
  );
  // What is reported of windows before that may come yet.
  const since = windowOf(n, 0).start;
  const later = (id: string) => reported(id, 'cpu').filter(({ start }) => start >= since);
  await until('more anomalies of the keen tenant', async () => {
    await more();
    return later(keen).length > 2;
  });
  assert.deepEqual(later(ofMetric.tenantId), []);
});

test('a mistake in the rules ends the worker with exit code 78 and one line that names it', async () => {
  const file = join(folder, 'bad.yaml');
  writeFileSync(file, 'rules:\n  - name: Hot\n    window: 10s\n    expr: mena > 1.0\n');
  const worker = startWorker('alerting', { RULES_FILE: file, LOG_LEVEL: 'silent' });
  assert.equal((await worker.exited).code, 78);
  assert.match(
    worker.output,
    /^tactus alerting: .*bad\.yaml:4:11: rules\[0\]\.expr: Unknown variable: mena.*allowed/,
  );
});
