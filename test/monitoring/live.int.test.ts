import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MONITORING } from '../../monitoring/generate.js';
import { ALERT_GROUPS } from '../../monitoring/prometheus/alerts/all.js';
import { selectorsOf } from '../support/promql.js';
import { until } from '../support/until.js';
import { LivePipeline, MAX_ALERTS, SENDER, TENANT } from './live-pipeline.js';

/*
 * Rules and dashboards on a real Prometheus over the metrics of a pipeline that has had windows, late points,
 * dead letters, duplicates and refusals of all kinds. Then faults, one after the other, until every alert has fired.
 */

/** Expressions of the dashboards, of the rules and of the runbooks, by where they are. */
function expressions(): [where: string, expression: string][] {
  const boards = Object.entries(MONITORING).filter(([path]) => path.endsWith('.json'));
  return [
    ...boards.flatMap(([path, render]) =>
      [...render().matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, text = '']): [string, string] => [
        path,
        (JSON.parse(text) as string).replaceAll('$__rate_interval', '5m').replaceAll('"$tenant"', '~".+"'),
      ]),
    ),
    ...ALERT_GROUPS.flatMap(({ alerts }) => alerts).flatMap(({ name, expr, runbook }): [string, string][] => [
      [name, expr],
      [name, runbook.query],
    ]),
  ];
}

describe('a pipeline that is watched', { timeout: 280_000 }, () => {
  const pipeline = new LivePipeline();
  /** Of the first points, long ago. */
  const base = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
  let keys: { readonly acme: string; readonly noisy: string; readonly reader: string };
  const point = JSON.stringify({ metric: 'http', value: 1 });
  const every = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, i) => make(i));

  before(() => pipeline.start());
  after(() => pipeline.stop());

  /** Does something twice a second until something else is done. */
  async function whileDoing(work: () => Promise<unknown>, wait: () => Promise<unknown>): Promise<void> {
    let goesOn = true;
    const done = wait().finally(() => {
      goesOn = false;
    });
    while (goesOn) {
      const next = Date.now() + 500;
      await work();
      await until('half a second', () => !goesOn || Date.now() >= next);
    }
    await done;
  }

  /** Something of each kind. */
  async function load(): Promise<void> {
    const calm = every(80, (i) => ({
      timestamp: base + i * 1_000,
      value: 100 + ((i * 7) % 10),
      id: `calm-${i}`,
    }));
    const narrow = every(5, (i) => ({ tenantId: 'narrow', metric: `m${i}`, timestamp: base + 80_000 }));
    await pipeline.produce([...calm, ...calm.slice(0, 5), ...narrow]);
    await pipeline.client.produce(
      'ingest.metrics',
      every(40, () => ({ key: null, value: Buffer.from('nonsense') })),
    );
    // From now on these times are past.
    await pipeline.startCollector();
    const sent = { topic: 'ingest.metrics' };
    await until('points of now', async () => {
      return (await pipeline.worker('collector').metric('tactus_records_sent_total', sent)) > 0;
    });
    await pipeline.produce(every(5, (i) => ({ timestamp: base + 100_000 + i })));
    await pipeline.produceEvents('noisy', 20);
    const [acme, noisy, reader] = await Promise.all([
      pipeline.keyOf(TENANT),
      pipeline.keyOf('noisy'),
      pipeline.readerKeyOf(TENANT),
    ]);
    keys = { acme, noisy, reader };
    await until('a point to be taken', async () => (await pipeline.post('metrics', acme, point)) === 200);
    await until('an answer', async () => (await pipeline.ask('metrics', reader)) === 200);
    // Other statuses are counted from the first answer on: what comes before the next scrape has no rate.
    await until('the first answer to be scraped', async () => {
      const found = await pipeline.prometheus.samples('tactus_gateway_requests_total{status="401"}');
      return found.length > 0;
    });
    assert.equal(await pipeline.post('metrics', acme, 'nonsense'), 400);
    await until('a quota', async () => (await pipeline.post('events', noisy, '{"type":"visit"}')) === 429);
    for (let i = 0; i < 20; i++) assert.equal(await pipeline.post('metrics', 'none', point), 401);
  }

  it('gives data to every selector of every rule, runbook and dashboard', async () => {
    await load();
    const found = expressions();
    assert.ok(found.length > 80);
    const open = new Map<string, string>();
    for (const [where, expression] of found)
      for (const selector of selectorsOf(expression)) open.set(selector, where);
    assert.ok(open.size > 60);
    const empty = async () => {
      for (const selector of open.keys()) {
        const [count] = await pipeline.prometheus.samples(`count(last_over_time(${selector}[10m]))`);
        if (count !== undefined) open.delete(selector);
      }
      assert.deepEqual([...open], []);
      return true;
    };
    await until('every selector to have data', empty, 60_000);
    for (const [, expression] of found) await pipeline.prometheus.samples(expression);
  });

  it('fires what is wrong, and says where', async () => {
    await pipeline.fires('TactusWatchdog');
    const { labels, annotations } = await pipeline.fires('TactusDeadLetters');
    assert.equal(labels.worker, 'ingest');
    assert.match(annotations.summary as string, /^\d+(\.\d+)?% of what ingest reads goes to dlq$/);
    await pipeline.fires('TactusGatewayRefusals');
    assert.deepEqual(await pipeline.firing('TactusWorkerMissing'), []);
    assert.deepEqual(await pipeline.firing('TactusPartitionStuck'), []);
  });

  it('fires when readings of a host hang', async () => {
    pipeline.hangMounts(true);
    const where = { reading: 'disk_space' };
    for (const name of ['CollectorHighErrorRate', 'TactusReadingFails']) await pipeline.fires(name, where);
    pipeline.hangMounts(false);
  });

  it('fires when rows are deleted or changed in the database', async () => {
    await until('the first windows to be compared', async () => {
      const ratio = `tactus_data_accuracy_ratio{tenant="${TENANT}"} > 0.999`;
      return (await pipeline.prometheus.samples(ratio)).length > 0;
    });
    const [start, middle, end] = [base, base + 30_000, base + 60_000].map((at) => new Date(at));
    const deleted = await pipeline.pool.query(
      'DELETE FROM tactus.windows WHERE tenant_id = $1 AND start >= $2 AND start < $3',
      [TENANT, start, middle],
    );
    const changed = await pipeline.pool.query(
      'UPDATE tactus.windows SET sum = sum + 1 WHERE tenant_id = $1 AND start >= $2 AND start < $3',
      [TENANT, middle, end],
    );
    assert.deepEqual([deleted.rowCount, changed.rowCount], [30, 30]);
    // A late point has its minute compared once more.
    await pipeline.produce([{ timestamp: base + 1 }]);
    for (const name of ['TactusDataIncomplete', 'TactusDataInaccurate'])
      await pipeline.fires(name, { tenant: TENANT });
  });

  it('fires when a target refuses, or fails: its channel, its breaker, and the partitions that wait for it', async () => {
    const high = (metric: string, host: string) =>
      every(5, (i) => ({ metric, tags: { host }, timestamp: Date.now() - 5_000 + i * 1_000, value: 999 }));
    pipeline.answer = 400;
    await pipeline.produce(high('queue', 'b'), SENDER);
    await pipeline.fires('TactusNotificationsLost');
    pipeline.answer = 503;
    await pipeline.produce(high('latency', 'b'), SENDER);
    await pipeline.fires('TactusPartitionStuck', { worker: 'sink', topic: 'windows' });
    assert.equal((await pipeline.firing('TactusPartitionStuck')).length, 1);
    for (const name of ['TactusNotificationsFailing', 'CircuitBreakerOpen']) await pipeline.fires(name);
    // As where the retention is shorter than the fault: the sink has yet to read more than it holds.
    await pipeline.deleteRecords('windows');
    pipeline.answer = 200;
    await pipeline.ceases('TactusPartitionStuck');
    await pipeline.fires('TactusLogGap', { worker: 'sink', topic: 'windows', cause: 'retention' });
    // More series than there is room for.
    await pipeline.produce(every(2 * MAX_ALERTS, (i) => high('latency', `many-${i}`)).flat());
    await pipeline.fires('TactusAlertsDropped');
  });

  it('leads from its histograms to traces: of a request, of a step, and from end to end', async () => {
    const leads = (
      metric: string,
      labels: Readonly<Record<string, string>>,
      isTraced: (id: string) => boolean,
    ) =>
      until(`an exemplar of ${metric}`, async () => {
        const found = await pipeline.prometheus.exemplars(`${metric}_bucket`);
        return found.some(
          ({ series, labels: { trace_id = '' } }) =>
            Object.entries(labels).every(([name, value]) => series[name] === value) && isTraced(trace_id),
        );
      });
    const isSenders = (id: string) => id === SENDER.traceId;
    await leads('tactus_gateway_request_seconds', { worker: 'gateway', format: 'json' }, isSenders);
    // Steps are in traces of their own, which link to those of their records.
    for (const [group, topic] of [
      ['ingest', 'ingest.metrics'],
      ['windowing', 'metrics'],
    ] as const)
      await leads('tactus_step_duration_seconds', { group, topic }, (id) =>
        pipeline.spans
          .named(`process ${pipeline.client.prefix}${topic}`)
          .some(({ traceId }) => traceId === id),
      );
    await leads('tactus_notification_latency_seconds', { worker: 'alerting' }, isSenders);
  });

  it('fires when the database hangs', async () => {
    await pipeline.database.kill('SIGSTOP');
    const ask = () => pipeline.ask('metrics', keys.reader);
    await whileDoing(ask, async () => {
      for (const name of ['TactusApiErrors', 'TactusApiSlow']) await pipeline.fires(name);
    });
  });

  it('fires when the database and Redis are killed', async () => {
    await Promise.all([pipeline.database.kill('SIGKILL'), pipeline.redis.kill('SIGKILL')]);
    const work = async () => {
      await pipeline.produce(every(300, (i) => ({ metric: `lag-${i % 10}`, timestamp: Date.now() })));
      await pipeline.post('events', keys.noisy, '{"type":"visit"}');
    };
    await whileDoing(work, () =>
      pipeline.fires('TactusLagGrowing', { group: 'sink-timescale', topic: 'metrics' }),
    );
    const post = () => pipeline.post('events', keys.noisy, '{"type":"visit"}');
    await whileDoing(post, () => pipeline.fires('TactusQuotaWithoutRedis'));
    for (const name of ['TactusBatchLeaderless', 'TactusReconciliationBehind']) await pipeline.fires(name);
    await Promise.all([pipeline.database.start(), pipeline.redis.start()]);
    for (const name of ['TactusBatchLeaderless', 'TactusLagGrowing']) await pipeline.ceases(name);
  });

  it('fires when a topic is deleted: for who writes it, who reads it, and who waits for these', async () => {
    await pipeline.deleteTopic('events');
    await pipeline.produceEvents(TENANT, 1);
    const goesOn = () => pipeline.produce([{ timestamp: Date.now() }]);
    // Together: what is held is passed over after seconds, and is held no more.
    await whileDoing(goesOn, () =>
      Promise.all([
        pipeline.fires('TactusCommitFailures', { worker: 'ingest' }),
        pipeline.fires('TactusWatermarkHeld', { source_topic: 'ingest.events' }),
        pipeline.fires('TactusReadErrors', { worker: 'sink', topic: 'events' }),
        pipeline.fires('TactusWatermarkPassedOver', { reason: 'hold' }),
      ]),
    );
    await pipeline.makeTopics();
    await pipeline.ceases('TactusWatermarkHeld');
  });

  it('fires when alerting hangs', async () => {
    pipeline.worker('alerting').kill('SIGSTOP');
    await pipeline.fires('TactusWorkerMissing', { worker: 'alerting' });
    await pipeline.fires('TactusWorkerDown');
    pipeline.worker('alerting').kill('SIGCONT');
    await pipeline.ceases('TactusWorkerMissing');
  });

  it('fires when nothing can be written any more', async () => {
    await pipeline.deleteTopic('ingest.metrics');
    await whileDoing(
      () => pipeline.post('metrics', keys.acme, point),
      async () => {
        await pipeline.fires('TactusGatewayErrors');
        await pipeline.fires('TactusCollectorDropping');
      },
    );
    await pipeline.makeTopics();
  });

  it('has fired every alert that there is', () => {
    const all = ALERT_GROUPS.flatMap(({ alerts }) => alerts.map(({ name }) => name));
    assert.deepEqual([...pipeline.fired].sort(), all.sort());
  });
});
