import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { lagQueries } from '../support/kubernetes/lag-queries.js';
import { kubernetesTools, NO_KUBERNETES_TOOLS } from '../support/kubernetes/tools.js';
import { ownPrefix } from '../support/own-prefix.js';
import { PlainClient } from '../support/plain-client.js';
import { pointOf } from '../support/point.js';
import { Prometheus } from '../support/prometheus.js';
import { sharedServers } from '../support/servers.js';
import { until } from '../support/until.js';
import { WorkerProcess } from '../support/worker-process.js';

/*
 * The queries by which KEDA scales, on Prometheus, over replicas of a real sink whose target takes nothing, while records come
 * and replicas are killed and started. What they give is compared with what Kafka itself says of the group.
 */

const GROUP = 'sink-webhook';
const BACKLOG = 4_000;
/** Records a second. */
const RATE = 50;
const SCRAPE_MS = 500;
/** Until a member that says nothing any more loses its partitions; the least that brokers take by default. */
const SESSION_MS = 6_000;
/**
 * How old a figure may be: one scrape, two seconds for the end of a log that is not read, and what this machine adds. As often as
 * Kubernetes scrapes by default, each 15 or 30 s, that is within one scrape.
 */
const OLDEST_MS = SCRAPE_MS + 2_000 + 1_000;

interface Moment {
  readonly at: number;
  readonly lag: number;
}

/** Asks Kafka again and again how far a group is from the end: as its own tools do. */
class TrueLag {
  readonly #admin;
  readonly moments: Moment[] = [];
  #running = true;
  #done = Promise.resolve();

  constructor(
    private readonly client: PlainClient,
    private readonly topic: string,
  ) {
    this.#admin = client.kafka.admin();
  }

  async start(): Promise<void> {
    await this.#admin.connect();
    // The broker may not lead the new partitions yet.
    this.moments.push(await until('where the log ends', () => this.#ask()));
    const run = async () => {
      while (this.#running) this.moments.push(await this.#ask());
    };
    this.#done = run();
  }

  /** The least and the most that it was in the last so many milliseconds before that. */
  within(from: number, to: number): [least: number, most: number] {
    const lags = this.moments.filter(({ at }) => at >= from && at <= to).map(({ lag }) => lag);
    return [Math.min(...lags), Math.max(...lags)];
  }

  get now(): number {
    return this.moments.at(-1)?.lag ?? 0;
  }

  /** A worker has finished what it is about to commit: its figure may be ahead of all that Kafka has said. */
  async askedAnew(): Promise<void> {
    const { length } = this.moments;
    await until('Kafka to be asked anew', () => this.moments.length >= length + 2);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
    await this.#admin.disconnect();
  }

  async #ask(): Promise<Moment> {
    const { prefix } = this.client;
    const [ends, [group]] = await Promise.all([
      this.#admin.fetchTopicOffsets(prefix + this.topic),
      this.#admin.fetchOffsets({ groupId: prefix + GROUP, topics: [prefix + this.topic] }),
    ]);
    const next = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    const lag = ends.reduce(
      (sum, { partition, offset }) => sum + Number(offset) - Math.max(0, next.get(partition) ?? 0),
      0,
    );
    return { at: Date.now(), lag };
  }
}

/** Takes posts, or lets them wait. */
class Target {
  readonly #server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (this.#waiting === null) response.writeHead(200).end();
      else this.#waiting.add(response);
    });
  });
  #waiting: Set<ServerResponse> | null = new Set();

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  open(): void {
    for (const response of this.#waiting ?? []) response.writeHead(200).end();
    this.#waiting = null;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('the queries by which KEDA scales', { skip: NO_KUBERNETES_TOOLS, timeout: 200_000 }, () => {
  const servers = sharedServers();
  const client = new PlainClient(servers, ownPrefix('lag'));
  const truth = new TrueLag(client, 'metrics');
  const target = new Target();
  const workers: WorkerProcess[] = [];
  const targets: object[] = [];
  const found = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(targets));
  });
  let prometheus: Prometheus;
  let queries: ReadonlyMap<string, string>;
  let send: (count: number) => Promise<void>;
  let sending = true;
  let sent = Promise.resolve();

  const start = async (): Promise<WorkerProcess> => {
    const env = {
      ...servers,
      TOPIC_PREFIX: client.prefix,
      TACTUS_SESSION_TIMEOUT_MS: String(SESSION_MS),
      TACTUS_SINK_WEBHOOK_URL: target.url,
      TACTUS_SINK_WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
      TACTUS_SINK_WEBHOOK_TOPICS: 'metrics',
      TACTUS_SINK_WEBHOOK_MAX_RECORDS: '100',
      TACTUS_SINK_WEBHOOK_LINGER_MS: '0',
      TACTUS_SINK_WEBHOOK_TIMEOUT_MS: '120000',
    };
    // The other target keeps up: the query is about the one that does not.
    const worker = new WorkerProcess('sink', env, ['--only', 'webhook,redis']);
    workers.push(worker);
    const address = (await worker.address()).replace('http://', '');
    targets.push({ targets: [address], labels: { namespace: 'tactus' } });
    // Another installation, whose lag is none of ours.
    if (targets.length === 1) targets.push({ targets: [address], labels: { namespace: 'tactus-staging' } });
    return worker;
  };
  const owned = async (worker: WorkerProcess) =>
    (await worker.series('tactus_consumer_lag_records', { group: GROUP })).length;

  before(async () => {
    const ofProduction = lagQueries(await (await kubernetesTools()).kustomize('k8s/overlays/production'));
    queries = new Map(
      [...ofProduction].map(([worker, query]) => {
        assert.match(query, /:15s\]/);
        // As often as it is scraped here.
        return [worker, query.replaceAll(':15s]', `:${SCRAPE_MS}ms]`)];
      }),
    );
    await target.start();
    await new Promise<void>((resolve) => found.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(found.address() as AddressInfo).port}`;
    const interval = `${SCRAPE_MS}ms`;
    const config = {
      global: { scrape_interval: interval, scrape_timeout: interval },
      scrape_configs: [{ job_name: 'tactus', http_sd_configs: [{ url, refresh_interval: '500ms' }] }],
    };
    // YAML takes JSON.
    prometheus = await Prometheus.scraping(JSON.stringify(config));
  });
  after(async () => {
    sending = false;
    await sent;
    target.open();
    await Promise.all(workers.map((worker) => worker.stop()));
    await prometheus?.stop();
    await truth.stop();
    target.close();
    found.closeAllConnections();
    found.close();
  });

  const answer = async (worker: string, at = Date.now()) =>
    await prometheus.value(queries.get(worker) as string, at);
  /** At every moment until `done`, and then once more: what Kafka said not long before, or just after. @param oldestMs how long before */
  const equals = async (what: string, oldestMs: number, done: () => Promise<boolean>): Promise<void> => {
    let last = '';
    const look = async () => {
      const at = Date.now();
      const value = await answer('sink', at);
      await truth.askedAnew();
      const [least, most] = truth.within(at - oldestMs, Date.now());
      last = `${what}: ${value} for ${least} to ${most}`;
      assert.ok(value !== undefined && value >= least && value <= most, last);
      return await done();
    };
    const deadline = Date.now() + 60_000;
    while (!(await look())) if (Date.now() > deadline) throw new Error(`it takes too long: ${last}`);
    await look();
  };

  it('give the lag of a group through a kill, a rebalance and a newcomer, and nothing when nobody knows', async () => {
    assert.deepEqual(
      ['ingest', 'windowing', 'anomaly', 'alerting'].map((worker) => queries.get(worker)),
      ['ingest', 'windowing', 'anomaly', 'alerting'].map((worker) =>
        queries
          .get('sink')
          ?.replace('max(sum by (group) (', 'sum(')
          .replaceAll('by (group, ', 'by (')
          .replaceAll('=~"sink-.+"', `="${worker}"`)
          .replace(/\)$/, ''),
      ),
    );
    const encode = await client.encoder('metrics');
    let count = 0;
    send = async (records) => {
      const messages = Array.from({ length: records }, () => {
        const metric = `m${count++ % 64}`;
        const point = {
          tenantId: 'acme',
          metric,
          tags: {},
          timestamp: Date.now(),
          value: 1,
          id: `p${count}`,
        };
        return { key: `acme|${metric}`, value: encode(pointOf(point)) };
      });
      await client.produce('metrics', messages);
    };
    const [one, other] = await Promise.all([start(), start()]);
    await Promise.all([one.ready(), other.ready()]);
    await truth.start();
    await send(BACKLOG);
    const load = async () => {
      for (let next = Date.now(); sending; next += 200) {
        await send(RATE / 5);
        await until('the time to send more', () => Date.now() >= next);
      }
    };
    sent = load();
    await until('the lag to be seen', async () => ((await answer('sink')) ?? 0) >= BACKLOG);

    // The target takes nothing, and nothing more is read.
    const before = truth.now;
    await equals('while the sink waits', OLDEST_MS, async () => truth.now > before + 2 * RATE);

    // A replica is killed. For as long as the group expects it back, of its partitions only what it said last is known.
    const killed = Date.now();
    other.kill('SIGKILL');
    const survives = async () => (await owned(one)) === 4 && truth.now >= 0;
    await equals('after the kill', OLDEST_MS + SESSION_MS, survives);
    const scraped = async () =>
      (await prometheus.value(
        `count(tactus_consumer_lag_records{namespace="tactus",group="${GROUP}"})`,
        Date.now(),
      )) === 4;
    await equals('with the partitions taken over', OLDEST_MS + SESSION_MS, scraped);
    const taken = Date.now();
    await equals('with one replica', OLDEST_MS + SESSION_MS, async () => Date.now() > taken + 1_000);

    // Another one comes and takes two partitions.
    const third = await start();
    await equals(
      'while one comes',
      OLDEST_MS,
      async () => (await owned(third)) === 2 && (await owned(one)) === 2,
    );
    const shared = Date.now();
    await equals('with the newcomer', OLDEST_MS, async () => Date.now() > shared + 1_500);
    assert.ok(truth.now > BACKLOG + RATE * ((shared - killed) / 2_000), 'records came all the time');

    // The target takes all that waits.
    target.open();
    await equals('while it is worked off', OLDEST_MS, async () => truth.now < RATE);
    sending = false;
    await sent;
    await equals('at the end', OLDEST_MS, async () => (await answer('sink')) === 0);

    // All are gone: the last figures for a while, and then no answer, for which KEDA has `fallback`.
    for (const worker of [one, third]) worker.kill('SIGKILL');
    await equals(
      'with nobody left',
      OLDEST_MS,
      async () => (await prometheus.value('sum(up)', Date.now())) === 0,
    );
    for (const worker of queries.keys())
      assert.equal(await answer(worker, Date.now() + 3_600_000), undefined);
  });
});
