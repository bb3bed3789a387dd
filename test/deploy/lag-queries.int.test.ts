import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { stringify } from 'yaml';
import { Health } from '../../shared/process/health.js';
import { serveStatus } from '../../shared/process/status-server.js';
import { PipelineTelemetry } from '../../shared/runners/telemetry.js';
import type { TopicName } from '../../topics/names.js';
import { lagQueries } from '../support/kubernetes/lag-queries.js';
import { kubernetesTools, NO_KUBERNETES_TOOLS } from '../support/kubernetes/tools.js';
import { Prometheus } from '../support/prometheus.js';
import { until } from '../support/until.js';

/** What the worker of each ScaledObject reads, by consumer group. */
const READS: Readonly<Record<string, Readonly<Record<string, readonly TopicName[]>>>> = {
  ingest: { ingest: ['ingest.metrics', 'ingest.events'] },
  windowing: { windowing: ['metrics'] },
  anomaly: { anomaly: ['windows'] },
  alerting: { alerting: ['windows', 'anomalies'], 'alerting-notifier': ['state.alerts'] },
  sink: { 'sink-timescale': ['metrics', 'windows'], 'sink-redis': ['metrics'] },
};

/** The lag that counts: of the group that is named as the worker, or of the one that is furthest behind. */
function trueLag(worker: string, perTopic: number): number {
  const groups = READS[worker] ?? {};
  const topics = worker in groups ? groups[worker] : groups['sink-timescale'];
  return perTopic * (topics?.length ?? 0);
}

/** The metrics of pods, of which each has all workers here, as the workers themselves write and serve them. */
class Pod {
  readonly #registry = new Registry();
  readonly #telemetry = new PipelineTelemetry(this.#registry);
  #server: Awaited<ReturnType<typeof serveStatus>> | undefined;

  async start(): Promise<this> {
    this.#server = await serveStatus({ host: '127.0.0.1', port: 0 }, this.#registry, new Health());
    return this;
  }

  get address(): string {
    return `127.0.0.1:${this.#server?.port}`;
  }

  /** Is this far behind in a partition of every topic, as its owner. */
  behind(partition: number, records: number): void {
    for (const [group, topic] of inputs()) this.#telemetry.turn(group, topic, partition, records, 0);
  }

  release(partition: number): void {
    for (const [group, topic] of inputs()) this.#telemetry.released(group, topic, partition);
  }

  async kill(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }
}

function inputs(): [string, TopicName][] {
  return Object.values(READS)
    .flatMap((groups) => Object.entries(groups))
    .flatMap(([group, topics]) => topics.map((topic): [string, TopicName] => [group, topic]));
}

describe('the queries by which KEDA scales', { skip: NO_KUBERNETES_TOOLS }, () => {
  const pods: Pod[] = [];
  let prometheus: Prometheus;
  let queries: Map<string, string>;

  before(async () => {
    const ofProduction = lagQueries(await (await kubernetesTools()).kustomize('k8s/overlays/production'));
    // As often as it is scraped here.
    const often = ([worker, query]: [string, string]) => {
      assert.match(query, /:15s\]/);
      return [worker, query.replaceAll(':15s]', ':250ms]')] as const;
    };
    queries = new Map([...ofProduction].map(often));
    for (let i = 0; i < 3; i++) pods.push(await new Pod().start());
    prometheus = await Prometheus.scraping(
      stringify({
        global: { scrape_interval: '250ms', scrape_timeout: '250ms' },
        scrape_configs: [
          {
            job_name: 'tactus',
            static_configs: [
              { targets: pods.map(({ address }) => address), labels: { namespace: 'tactus' } },
              // Another installation, whose lag is none of ours.
              { targets: [(pods[1] as Pod).address], labels: { namespace: 'tactus-staging' } },
            ],
          },
        ],
      }),
    );
  });
  after(async () => {
    await prometheus?.stop();
    for (const pod of pods) await pod.kill();
  });

  const answers = async (at = Date.now()) => {
    const values = [...queries].map(
      async ([worker, query]) => [worker, await prometheus.value(query, at)] as const,
    );
    return Object.fromEntries(await Promise.all(values));
  };
  const expected = (perTopic: number) =>
    Object.fromEntries([...queries.keys()].map((worker) => [worker, trueLag(worker, perTopic)]));
  const comesTo = async (what: string, perTopic: number) => {
    let last = {};
    await until(
      what,
      async () => {
        last = await answers();
        return JSON.stringify(last) === JSON.stringify(expected(perTopic));
      },
      20_000,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${JSON.stringify(last)} for ${JSON.stringify(expected(perTopic))}`);
    });
  };
  /** At every moment until `done`: neither less nor more. */
  const staysAt = async (perTopic: number, done: () => Promise<boolean>) => {
    do assert.deepEqual(await answers(), expected(perTopic));
    while (!(await done()));
    assert.deepEqual(await answers(), expected(perTopic));
  };

  it('give the lag of the group through a kill and a rebalance, and nothing when nobody knows', async () => {
    const [one, other, third] = pods as [Pod, Pod, Pod];
    const address = other.address;
    one.behind(0, 10);
    one.behind(1, 20);
    other.behind(2, 30);
    other.behind(3, 40);
    await comesTo('the lag of two pods', 100);

    // A pod is killed, and its partitions have no owner: what waits in them is as much as before.
    await other.kill();
    const gone = `up{instance="${address}",namespace="tactus"} == 0`;
    await staysAt(
      100,
      async () => (await prometheus.value(`count_over_time((${gone})[2s:250ms])`, Date.now())) === 8,
    );

    // Others take them over, one after the other, and find more there.
    one.behind(2, 35);
    await comesTo('the lag with the one taken over', 105);
    third.behind(3, 40);
    const scraped = `tactus_consumer_lag_records{instance="${third.address}",group="windowing"} == 40`;
    await staysAt(105, async () => (await prometheus.value(`max(${scraped})`, Date.now())) === 40);

    // A pod that comes takes one from a pod that lives: both report it for a while.
    third.behind(1, 20);
    const both = 'count(tactus_consumer_lag_records{namespace="tactus",group="windowing",partition="1"})';
    await staysAt(105, async () => (await prometheus.value(both, Date.now())) === 2);
    one.release(1);
    await staysAt(105, async () => (await prometheus.value(both, Date.now())) === 1);
    third.behind(1, 0);
    await comesTo('the lag without what was caught up with', 85);

    // All are gone: the last figures for a while, and then no answer, for which KEDA has `fallback`.
    await one.kill();
    await third.kill();
    await staysAt(85, async () => (await prometheus.value('sum(up)', Date.now())) === 0);
    const later = await answers(Date.now() + 3_600_000);
    for (const value of Object.values(later)) assert.equal(value, undefined);
  });
});
