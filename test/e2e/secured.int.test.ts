import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import kafkajs from 'kafkajs';
import { pino } from 'pino';
import { createKafka, partitioner } from '../../shared/adapters/kafka/client.js';
import { type Acl, aclsOf, WORKERS_WITH_ACLS } from '../../shared/catalog/acls.js';
import { loadConfig } from '../../shared/config/load.js';
import { runTactus } from '../support/command-line.js';
import { KEYS_SECRET, tactus, writerKey } from '../support/gateway-keys.js';
import { ownPrefix } from '../support/own-prefix.js';
import { EVENT_SCHEMA, PlainClient } from '../support/plain-client.js';
import { pointOf } from '../support/point.js';
import { Authority } from '../support/secured/certificates.js';
import { SecuredKafka } from '../support/secured/kafka.js';
import { sharedServers } from '../support/servers.js';
import { until } from '../support/until.js';
import { WorkerProcess } from '../support/worker-process.js';

/*
 * The pipeline on a Kafka that permits nothing but what `tactus acls apply` has permitted: each worker is a principal
 * of its own. The broker logs each decision with the ACL that it follows from.
 */

const TENANT = 'acme';
const STATEFUL = ['ingest', 'windowing', 'anomaly', 'alerting'];
/** By certificate; the others by password. */
const CERTIFIED = 'windowing';
/** Shorter than the test: sessions are renewed meanwhile. */
const SESSION_MS = 8_000;

const WINDOWS =
  'windows:\n  - { name: 1s, size: 1s, grace: 500ms }\n  - { name: visit, kind: session, gap: 5s }\n';
const DETECTION = 'detection:\n  - { metrics: "*", tenants: "*", window: 1s }\n';
/** What is over a quota is written to a changelog. */
const TENANTS = 'tenants:\n  - { id: noisy, quotas: { eventsPerSecond: 0.5, burst: 2 } }\n';
const RULES = `rules:
  - { name: Slow, window: 1s, metric: latency, expr: mean > 300.0, severity: critical }
  - name: Joined
    window: 1s
    metrics: { latency: latency, other: { metric: other, default: 0 } }
    expr: latency.mean + other.mean > 300.0
  - { name: Odd, on: anomaly, expr: anomaly.score > 0.1 }
  - { record: latency:doubled, window: 1s, metric: latency, expr: 2.0 * mean }
`;

describe('workers that may do no more than they need', { timeout: 280_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-secured-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const servers = sharedServers();
  const prefix = ownPrefix('secured');
  const authority = new Authority(folder, 'authority');
  const users = Object.fromEntries(WORKERS_WITH_ACLS.map((name) => [name, `password-of-${name}`]));
  const workers = new Map<string, WorkerProcess>();
  const posts: string[] = [];
  let hook: Server;
  let kafka: SecuredKafka;
  let client: PlainClient;
  /** How many decisions the broker had made before everything was permitted. */
  let decidedBefore = 0;

  /** Of an operator, who may do everything. */
  const operator = () => ({ ...servers, KAFKA_BROKERS: kafka.plain, TOPIC_PREFIX: prefix });
  const identity = (worker: string): Readonly<Record<string, string>> => {
    if (worker === CERTIFIED) {
      const { cert, key } = authority.issue(worker);
      return {
        KAFKA_BROKERS: kafka.mutual,
        TACTUS_KAFKA_TLS_CERT_FILE: cert,
        TACTUS_KAFKA_TLS_KEY_FILE: key,
      };
    }
    return {
      KAFKA_BROKERS: kafka.login,
      TACTUS_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      TACTUS_KAFKA_SASL_USERNAME: worker,
      TACTUS_KAFKA_SASL_PASSWORD_FILE: file(`${worker}.password`, users[worker] as string),
    };
  };
  const common = () => ({
    ...servers,
    TOPIC_PREFIX: prefix,
    TACTUS_PARTITIONS: '1',
    // Who verifies keys needs it.
    ...KEYS_SECRET,
    TACTUS_KAFKA_TLS_CA_FILE: authority.cert,
  });
  const start = (worker: string): WorkerProcess => {
    const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}`;
    const started = new WorkerProcess(worker, {
      ...common(),
      WINDOWS_FILE: join(folder, 'windows.yaml'),
      RULES_FILE: join(folder, 'rules.yaml'),
      TACTUS_ANOMALY_FILE: join(folder, 'detection.yaml'),
      TENANTS_FILE: join(folder, 'tenants.yaml'),
      TACTUS_ALERT_WEBHOOK_URL: `${url}/alerts`,
      TACTUS_ALERT_ALLOWED_NETWORKS: '127.0.0.0/8',
      TACTUS_SINK_WEBHOOK_URL: `${url}/records`,
      TACTUS_SINK_WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
      TACTUS_SINK_WEBHOOK_TOPICS: 'windows,rollups,corrections',
      TACTUS_ARCHIVE_URL: `file://${join(folder, 'archive')}`,
      TACTUS_REFRESH_INTERVAL_MS: '1000',
      ...identity(worker),
    });
    workers.set(worker, started);
    return started;
  };

  before(async () => {
    file('windows.yaml', WINDOWS);
    file('rules.yaml', RULES);
    file('detection.yaml', DETECTION);
    file('tenants.yaml', TENANTS);
    hook = createServer((request, response) => {
      posts.push(request.url ?? '');
      request.resume().on('end', () => response.end());
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    kafka = await SecuredKafka.start({
      folder,
      server: authority.issue('broker'),
      clientCa: authority.cert,
      users,
      sessionMs: SESSION_MS,
      authorizer: true,
    });
    client = new PlainClient(operator(), prefix);
  });
  after(async () => {
    await Promise.all([...workers.values()].map((worker) => worker.stop()));
    hook.close();
    await kafka.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('end with 78 and one line before anything is permitted', async () => {
    const topics = await runTactus(['topics', 'apply'], { ...operator(), TACTUS_PARTITIONS: '1' });
    assert.equal(topics.code, 0, topics.stderr);
    const worker = start('collector');
    assert.deepEqual(await worker.exited, { code: 78, signal: null });
    assert.match(
      worker.output,
      new RegExp(
        `^tactus collector: ${prefix}ingest\\.metrics: missing, or hidden from this principal, .*\`tactus acls list collector\` shows$`,
        'm',
      ),
    );
    workers.clear();
  });

  it('get what they need by one command, which may be repeated', async () => {
    const applied = await runTactus(['acls', 'apply', '--json'], operator());
    assert.equal(applied.code, 0, applied.stderr);
    const count = WORKERS_WITH_ACLS.flatMap(aclsOf).length;
    assert.equal((JSON.parse(applied.stdout) as { added: object[] }).added.length, count);
    const again = await runTactus(['acls', 'apply'], operator());
    assert.deepEqual([again.code, again.stdout], [0, 'acls: as needed\n']);
    decidedBefore = decisions().length;
  });

  it('carry points to alerts, roll-ups and stores with it, and are denied nothing', async () => {
    // What the collector writes is of today, and would make the points below late.
    const started = WORKERS_WITH_ACLS.filter((name) => name !== 'collector').map(start);
    await Promise.all(started.map((worker) => worker.ready()));
    const encode = await client.encoder('ingest.metrics');
    const base = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
    const point = (metric: string, timestamp: number, value: number, id = `${metric}-${timestamp}`) => {
      const tags = { host: 'a' };
      return {
        key: `${TENANT}|${metric}`,
        value: encode(pointOf({ tenantId: TENANT, metric, tags, timestamp, value, id })),
      };
    };
    const calm = Array.from({ length: 80 }, (_, i) => [
      point('latency', base + i * 1_000, 100 + ((i * 7) % 10)),
      point('other', base + i * 1_000, 1),
    ]).flat();
    const jump = Array.from({ length: 6 }, (_, i) => point('latency', base + (80 + i) * 1_000, 500));
    await client.produce('ingest.metrics', [...calm, ...jump, { key: null, value: Buffer.from('nonsense') }]);
    const encodeEvent = await client.encoder('ingest.events', EVENT_SCHEMA);
    const event = {
      id: 'e',
      tenantId: TENANT,
      type: 'visit',
      timestamp: base,
      subjectId: null,
      attributes: {},
    };
    const noise = Array.from({ length: 20 }, (_, i) =>
      encodeEvent({ ...event, id: `n${i}`, tenantId: 'noisy' }),
    );
    await client.produce(
      'ingest.events',
      [encodeEvent(event), ...noise].map((value) => ({ key: null, value })),
    );
    const alerts = await client.follow<{ rule: string }>('alerts');
    const rules = () => new Set(alerts.values.map(({ rule }) => rule));
    await until('alerts of each rule', () => ['Slow', 'Joined', 'Odd'].every((rule) => rules().has(rule)));
    await until('a notification', () => posts.includes('/alerts'));
    started.push(await start('collector').ready());
    await sendOverHttp();
    // What nobody can decode, for every worker that reads it.
    const nonsense = [{ key: null, value: Buffer.from('nonsense') }];
    for (const topic of ['metrics', 'windows', 'anomalies']) await client.produce(topic, nonsense);
    await client.produce('ingest.metrics', [point('latency', base, 400, 'late')]);
    const letters = await client.follow<{ worker: string }>('dlq');
    const complained = () => new Set(letters.values.map(({ worker }) => worker));
    await until('dead letters of each worker', () => complained().size >= 5);
    const [lates, rollups] = [await client.follow('late'), await client.follow('rollups')];
    await Promise.all([lates.wait(1, 60_000), rollups.wait(1, 90_000)]);
    await correct();
    // What has state reads it when it is started again.
    for (const name of STATEFUL) assert.equal(await (workers.get(name) as WorkerProcess).stop(), 0);
    await Promise.all(STATEFUL.map((name) => start(name).ready()));
    await until('a post of records', () => posts.includes('/records'));
    await Promise.all([alerts, letters, lates, rollups].map((follower) => follower.close()));
    await Promise.all([...workers.values()].map((worker) => worker.ready()));
    for (const { output } of [...started, ...workers.values()])
      assert.ok(!/AUTHORIZATION_FAILED|ACCESS_REFUSED/.test(output), output);
    const denied = decisions()
      .slice(decidedBefore)
      .filter((decision) => decision.outcome === 'Denied' && !leavesOut(decision));
    assert.deepEqual(
      denied.map(({ line }) => line),
      [],
    );
  });

  /** A point and an event; and what nobody may send, which is recorded in `audit`. */
  async function sendOverHttp(): Promise<void> {
    const { httpPort: port } = workers.get('gateway') as WorkerProcess;
    const post = async (path: string, key: string, body: object) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const to = `http://127.0.0.1:${port}/api/v1/${path}`;
      return (await fetch(to, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    };
    const key = await writerKey(operator(), TENANT);
    // The key may take up to two seconds to get there.
    await until(
      'a point to be taken',
      async () => (await post('metrics', key, { metric: 'http', value: 1 })) === 200,
    );
    assert.equal(await post('events', key, { type: 'visit' }), 200);
    assert.equal(await post('events', 'none', { type: 'visit' }), 401);
    await useTheApi();
  }

  /** Something of all that people do by the API, and a question of somebody who may not ask. */
  async function useTheApi(): Promise<void> {
    const { httpPort: port } = workers.get('api') as WorkerProcess;
    const key = await tactus(['keys', 'create', '--tenant', '*', '--scopes', 'read,operate,admin'], {
      ...operator(),
      ...KEYS_SECRET,
    });
    const ask = async (method: string, path: string, body?: object) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const to = `http://127.0.0.1:${port}/api/v1/${path}`;
      const answer = await fetch(to, {
        ...{ method, headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, text: await answer.text() };
    };
    await until('an answer', async () => (await ask('GET', `metrics?tenantId=${TENANT}`)).status === 200);
    const of = `tenantId=${TENANT}`;
    const silence = { matchers: ['alertname="Nothing"'], for: '1h' };
    const acts: readonly (readonly [method: string, path: string, body: object])[] = [
      ['POST', `silences?${of}`, silence],
      ['POST', `rules?${of}`, { name: 'Never', window: '1s', metric: 'nothing', expr: 'mean > 1.0' }],
      ['POST', `anomalies/sensitivities?${of}`, { metric: 'nothing', sensitivity: 0.5 }],
      ['POST', `keys?${of}`, { scopes: ['read'] }],
      ['PUT', 'tenants/globex', { quotas: { pointsPerSecond: 5_000 } }],
    ];
    for (const [method, path, body] of acts) {
      const { status, text } = await ask(method, path, body);
      assert.ok(status === 200 || status === 201, `${path}: ${status} ${text}`);
    }
    const nonsense = [{ key: `${TENANT}|any`, value: Buffer.from('nonsense') }];
    for (const topic of ['ingest.metrics', 'ingest.events'] as const) await client.produce(topic, nonsense);
    await until('dead letters of points and events to be replayed', async () => {
      const { status, text } = await ask('POST', `dead-letters/replay?${of}`, {
        topic: 'ingest.*',
        force: true,
      });
      assert.equal(status, 200, text);
      const { byTopic } = JSON.parse(text) as { byTopic: Readonly<Record<string, number>> };
      return Object.keys(byTopic).length === 2;
    });
    assert.equal((await ask('GET', `pipeline?${of}`)).status, 200);
    // Which were replayed is read from a topic of its own, that was empty before.
    assert.equal((await ask('GET', `dead-letters?${of}`)).status, 200);
    const refused = await fetch(`http://127.0.0.1:${port}/api/v1/metrics`, {
      headers: { 'x-api-key': 'none' },
    });
    assert.equal(refused.status, 401);
  }

  it('need each of them: every ACL has permitted a request of theirs', async () => {
    const needless = () => {
      const used = new Set(
        decisions()
          // To describe what one may read or write needs no ACL of its own.
          .filter(({ outcome, operation, acl }) => outcome === 'Allowed' && acl.endsWith(` ${operation}`))
          .map(({ principal, acl }) => `${principal}: ${acl}`),
      );
      return WORKERS_WITH_ACLS.flatMap((worker) =>
        aclsOf(worker)
          .map((acl) => `${worker}: ${inLog(acl, prefix)}`)
          .filter((line) => !used.has(line)),
      );
    };
    const none = () => {
      assert.deepEqual(needless(), []);
      return true;
    };
    // The last requests may not be in the log yet.
    await until('each ACL to be used', none, 20_000);
  });

  it('wait with the reason in readyz while one of them is missing, and go on when it is back', async () => {
    const windowing = workers.get('windowing') as WorkerProcess;
    const admin = kafka.admin();
    await admin.connect();
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
    const acl = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: `${prefix}metrics`,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: 'User:windowing',
      host: '*',
      operation: AclOperationTypes.READ,
      permissionType: AclPermissionTypes.ALLOW,
    };
    await admin.deleteAcls({ filters: [acl] });
    const readyz = async () => await (await fetch(`${await windowing.address()}/readyz`)).text();
    await until('the refusal', async () =>
      /TOPIC_AUTHORIZATION_FAILED.*tactus acls list/.test(await readyz()),
    );
    await admin.createAcls({ acl: [acl] });
    await until('windowing to be ready', () => windowing.isReady());
    await admin.disconnect();
  });

  /**
   * As batch, with its identity and client: what it writes once it has compared the windows that the late point missed,
   * which takes minutes.
   */
  async function correct(): Promise<void> {
    const config = loadConfig({ ...common(), ...identity('batch') });
    const producer = createKafka({ config, log: pino({ level: 'silent' }) }).producer({
      createPartitioner: partitioner,
      idempotent: true,
    });
    await producer.connect();
    await producer.send({ topic: `${prefix}corrections`, messages: [{ key: 'nobody', value: null }] });
    await producer.disconnect();
  }

  interface Decision {
    readonly outcome: string;
    readonly principal: string;
    /** What was asked for. */
    readonly operation: string;
    /** The ACL that it follows from, as {@link inLog}. */
    readonly acl: string;
    readonly line: string;
  }

  /** Of the workers, not of the operator. */
  function decisions(): Decision[] {
    const rule =
      /resourceType=(\w+), resourceName=([^,]+), patternType=(\w+), .*, operation=(\w+), permissionType=/;
    return readFileSync(kafka.log, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const decision = /Principal = User:(\S+) is (Allowed|Denied) operation = (\w+) /.exec(line);
        const [, principal = '', outcome = '', operation = ''] = decision ?? [];
        if (decision === null || principal === 'ANONYMOUS') return [];
        return { outcome, principal, operation, acl: rule.exec(line)?.slice(1).join(' ') ?? '', line };
      });
  }

  /** A listing of open transactions leaves out those of other workers; that too is logged as a denial. */
  function leavesOut({ line, principal }: Decision): boolean {
    return (
      line.includes('for request = ListTransactions ') &&
      !line.includes(`TransactionalId:LITERAL:${prefix}${principal}`)
    );
  }
});

function inLog({ resource, name, pattern, operation }: Acl, prefix: string): string {
  const type = resource.toUpperCase().replace('-', '_');
  return [type, prefix + name, pattern.toUpperCase(), operation.toUpperCase()].join(' ');
}
