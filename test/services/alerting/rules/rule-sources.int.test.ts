import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Alert, RuleConfig, WindowAggregate } from '../../../../schemas/types.js';
import { loadSchemas, recordSchema } from '../../../../shared/catalog/schemas.js';
import { windowOf } from '../../../shared/alerting/helpers.js';
import { ownPrefix } from '../../../support/own-prefix.js';
import { type Follower, PlainClient } from '../../../support/plain-client.js';
import { sharedServers } from '../../../support/servers.js';
import { until } from '../../../support/until.js';
import { WorkerProcess } from '../../../support/worker-process.js';

const HOT = '  - { name: Hot, window: 10s, metric: cpu, expr: mean > 80.0, staleAfter: 7d }\n';
const RATIO = `  - name: Errors
    window: 10s
    metrics: { errors: http.errors, requests: http.requests }
    values: { error_rate: errors.sum / requests.sum }
    expr: error_rate > 0.05
    staleAfter: 7d
`;

const servers = sharedServers();
const prefix = ownPrefix('rules');
const client = new PlainClient(servers, prefix);
const folder = mkdtempSync(join(tmpdir(), 'tactus-rules-'));
const file = join(folder, 'rules.yaml');
let worker: WorkerProcess;
let alerts: Follower<Alert>;

after(async () => {
  worker.kill('SIGKILL');
  await alerts?.close();
  rmSync(folder, { recursive: true, force: true });
});

const schema = (name: string) => recordSchema(loadSchemas(), name).schema;
const reported = () => alerts.values.map(({ rule, state, value }) => `${rule} ${state} ${value}`);

async function reloads(source: string, outcome: string, count: number): Promise<void> {
  const labels = { source, outcome };
  const seen = () => worker.metric('tactus_rule_reloads_total', labels);
  await until(`${count} ${outcome} of the ${source}`, async () => (await seen()) === count);
}

test('rules follow their file and control.rules while the worker runs, and join metrics of different partitions', async () => {
  writeFileSync(file, `rules:\n${HOT}`);
  worker = await new WorkerProcess('alerting', {
    ...servers,
    TOPIC_PREFIX: prefix,
    RULES_FILE: file,
  }).ready();
  alerts = await client.follow<Alert>('alerts');
  const encode = await client.encoder('windows', schema('WindowAggregate'));
  const produce = (...windows: WindowAggregate[]) =>
    client.produce(
      'windows',
      windows.map((w) => ({ key: `${w.tenantId}|${w.metric}`, value: encode(w) })),
    );
  let n = 0;
  /** A session that has not noticed new rules yet may take a window: so windows go on until they show. */
  const untilTold = async (count: number, windows: (n: number) => WindowAggregate[]) => {
    await until(`${count} alerts`, async () => {
      if (alerts.records.length < count) await produce(...windows(n++));
      return alerts.records.length >= count;
    });
  };
  await untilTold(1, (at) => [windowOf(at, 95)]);

  writeFileSync(file, 'rules: [{ name: Broken }]');
  await reloads('file', 'refused', 1);
  writeFileSync(file, `rules:\n${HOT}${RATIO}`);
  await reloads('file', 'changed', 1);
  const web = { tags: { host: 'a' }, tenantId: 'web' };
  await untilTold(2, (at) => [
    windowOf(at, 1, { ...web, metric: 'http.errors', sum: 8 }),
    windowOf(at, 1, { ...web, metric: 'http.requests', sum: 100 }),
  ]);

  const rule: RuleConfig = {
    id: 'Hot',
    tenantGlob: '*',
    expression: 'mean > 90.0',
    on: 'window',
    window: '10s',
    metricGlob: 'cpu',
    ...{ model: null, threshold: null, sensitivity: null, flapHigh: null, flapLow: null },
    forMs: 0,
    keepFiringForMs: 0,
    staleAfterMs: 604_800_000,
    noData: 'resolve',
    metrics: {},
    values: {},
    severity: 'critical',
    groupBy: [],
    labels: {},
    annotations: {},
    record: null,
    expected: [],
    enabled: true,
    updatedAt: 0,
  };
  const encodeRule = await client.encoder('control.rules', schema('RuleConfig'));
  const give = (id: string, value: object | null) =>
    client.produce('control.rules', [
      { key: id, value: value === null ? null : encodeRule({ ...rule, id, ...value }) },
    ]);
  await give('Hot', {});
  await reloads('topic', 'changed', 1);
  await untilTold(4, (at) => [windowOf(at, 95)]);
  await give('Bad', { expression: 'mena > 1.0' });
  await reloads('topic', 'refused', 1);
  assert.match(worker.output, /rule \\"Bad\\": expr \(character 1\): Unknown variable: mena/);
  const notes = await (await fetch(`${await worker.address()}/readyz`)).text();
  assert.match(notes, /not in force: rule \\"Bad\\": expr \(character 1\)/);
  await give('Hot', { enabled: false });
  await alerts.wait(5);
  await give('Hot', null);
  await reloads('topic', 'changed', 3);
  await untilTold(6, (at) => [windowOf(at, 85)]);

  assert.deepEqual(reported(), [
    'Hot firing 95',
    'Errors firing 0.08',
    'Hot resolved 95',
    'Hot firing 95',
    'Hot resolved 95',
    'Hot firing 85',
  ]);
  assert.equal(alerts.values[3]?.labels.severity, 'critical');
  assert.equal(await worker.stop(), 0);
});
