import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Alert, Anomaly } from '../../../schemas/types.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { COUNTER_SCHEMA, type Follower, PlainClient, type PlainPoint } from '../../support/plain-client.js';
import { pointOf } from '../../support/point.js';
import { type Figures, recompute, windowKey } from '../../support/recompute.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

interface WindowRecord extends Figures {
  tenantId: string;
  metric: string;
  tags: Record<string, string>;
  window: string;
  start: number;
}

const STEPS = 250;
const JUMP_AT = 220;
const STEP_MS = 5_000;
const HOSTS = ['a', 'b'];

describe('counters, by the workers', { timeout: 240_000 }, () => {
  const servers = sharedServers();
  const prefix = ownPrefix('counters');
  const client = new PlainClient(servers, prefix);
  const folder = mkdtempSync(join(tmpdir(), 'tactus-counters-'));
  const base = Math.floor(Date.now() / 60_000) * 60_000 - (STEPS + 60) * STEP_MS;
  const workers: WorkerProcess[] = [];
  let windows: Follower<WindowRecord>;
  let anomalies: Follower<Anomaly>;
  let alerts: Follower<Alert>;

  before(async () => {
    const [detection, rules] = [join(folder, 'detection.yaml'), join(folder, 'rules.yaml')];
    writeFileSync(detection, 'detection: [{ metrics: "*", field: rate }]\n');
    writeFileSync(
      rules,
      'rules: [{ name: Errors, window: 10s, metric: errors_total, expr: "increase > 900.0 && rate > 90.0", staleAfter: 7d }]\n',
    );
    const env = {
      ...{ ...servers, TOPIC_PREFIX: prefix, TACTUS_IDLE_TIMEOUT_MS: '2000' },
      ...{ TACTUS_ANOMALY_FILE: detection, RULES_FILE: rules },
    };
    for (const name of ['windowing', 'anomaly', 'alerting']) workers.push(new WorkerProcess(name, env));
    await Promise.all(workers.map((worker) => worker.ready()));
    windows = await client.follow<WindowRecord>('windows');
    anomalies = await client.follow<Anomaly>('anomalies');
    alerts = await client.follow<Alert>('alerts');
  });
  after(async () => {
    await Promise.allSettled([windows, anomalies, alerts].map((follower) => follower?.close()));
    for (const worker of workers) await worker.stop();
    rmSync(folder, { recursive: true });
  });

  it('have their increase and rate in windows, which detection and rules use', async () => {
    const encode = await client.encoder('metrics', COUNTER_SCHEMA);
    const totals = new Map<string, number>();
    const points = Array.from({ length: STEPS * HOSTS.length }, (_, i): PlainPoint => {
      const [step, host] = [Math.floor(i / HOSTS.length), HOSTS[i % HOSTS.length] as string];
      const hasJumped = host === 'a' && step >= JUMP_AT;
      // A restart in between.
      const before = step === 100 ? 0 : (totals.get(host) ?? 1e6);
      const value = before + (hasJumped ? 1_000 : 100 + ((step * 7 + i) % 5));
      totals.set(host, value);
      const tags = { host };
      const timestamp = base + step * STEP_MS;
      return pointOf({ metric: 'errors_total', kind: 'cumulative', id: `c${i}`, tags, timestamp, value });
    });
    await client.produce(
      'metrics',
      points.map((point) => ({ key: `t|${point.metric}`, value: encode(point) })),
    );
    const wanted = recompute(points, []);
    await until('all windows', () => windows.values.length >= wanted.size);
    for (const window of windows.values) {
      const expected = wanted.get(
        windowKey(window.tenantId, window.metric, window.tags, window.window, window.start),
      );
      assert.deepEqual([window.increase, window.rate], [expected?.increase, expected?.rate]);
    }
    const firing = await until('an alert', () => alerts.values.find(({ state }) => state === 'firing'));
    assert.deepEqual([firing.rule, firing.labels.host], ['Errors', 'a']);
    const isJump = ({ tags, value }: Anomaly) => tags.host === 'a' && value > 90;
    const anomaly = await until('an anomaly', () => anomalies.values.find(isJump));
    assert.ok(anomaly.start >= base + JUMP_AT * STEP_MS - 10_000);
  });
});
