import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import registryClient from '@kafkajs/confluent-schema-registry/dist/api/index.js';
import kafkajs, { type Admin } from 'kafkajs';
import { pino } from 'pino';
import { ensureTopics } from '../../../shared/adapters/kafka/admin/topics-admin.js';
import { loadSchemas, recordSchema } from '../../../shared/catalog/schemas.js';
import { loadConfig } from '../../../shared/config/load.js';
import { Health } from '../../../shared/process/health.js';
import { TOPIC_NAMES } from '../../../topics/names.js';
import { runTactus } from '../../support/command-line.js';
import { ownPrefix } from '../../support/own-prefix.js';
import { sharedServers } from '../../support/servers.js';
import { until } from '../../support/until.js';

const prefix = ownPrefix('setup');
let admin: Admin;

before(async () => {
  const brokers = [sharedServers().KAFKA_BROKERS];
  admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
});
after(() => admin.disconnect());

/** Creates topics and waits until they show: brokers learn of them a moment after the controller. */
async function create(topics: { topic: string; numPartitions: number }[]): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics });
  await until('the topics to show up', async () => {
    const visible = await admin.listTopics();
    return topics.every(({ topic }) => visible.includes(topic));
  });
}

const tactus = (args: readonly string[], env: Record<string, string> = {}) =>
  runTactus(args, { ...sharedServers(), TOPIC_PREFIX: prefix, ...env });

test('topics: plan shows what is missing, apply creates it, also twice at once, and then all is as declared', async () => {
  const planned = await tactus(['topics', 'plan']);
  assert.equal(planned.code, 1);
  for (const name of TOPIC_NAMES) assert.match(planned.stdout, new RegExp(`\\+ ${prefix}${name}: missing`));
  const asJson = await tactus(['topics', 'plan', '--json']);
  assert.equal(asJson.code, 1);
  assert.deepEqual(
    JSON.parse(asJson.stdout).changes.map(({ kind, topic }: Record<string, unknown>) => [kind, topic]),
    TOPIC_NAMES.map((name) => ['create', prefix + name]),
  );
  const both = await Promise.all([tactus(['topics', 'apply']), tactus(['topics', 'apply'])]);
  assert.deepEqual(
    both.map(({ code, stderr }) => [code, stderr]),
    [
      [0, ''],
      [0, ''],
    ],
  );
  const again = await tactus(['topics', 'plan']);
  assert.deepEqual(again, { code: 0, stdout: 'topics: as declared\n', stderr: '' });
});

test('topics: a setting that was changed is set back, others on the topic stay', async () => {
  const topic = `${prefix}windows`;
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type,
        name: topic,
        configEntries: [
          { name: 'retention.ms', value: '60000' },
          { name: 'segment.bytes', value: '104857600' },
          { name: 'message.timestamp.type', value: 'LogAppendTime' },
          { name: 'max.message.bytes', value: '4194304' },
        ],
      },
    ],
  });
  const planned = await until('the plan to show a difference', async () => {
    const outcome = await tactus(['topics', 'plan']);
    return outcome.code === 1 && outcome;
  });
  assert.match(planned.stdout, new RegExp(`~ ${topic}: retention.ms 60000 -> 2592000000`));
  assert.equal((await tactus(['topics', 'apply'])).code, 0);
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type, name: topic }],
  });
  const value = (name: string) =>
    described.resources[0]?.configEntries.find((entry) => entry.configName === name)?.configValue;
  assert.equal(value('retention.ms'), '2592000000');
  assert.equal(value('segment.bytes'), '104857600');
});

test('topics: replicas in sync are set where the configuration names them, and else left as they are', async () => {
  const two = { TACTUS_MIN_INSYNC_REPLICAS: '2' };
  const planned = await tactus(['topics', 'plan'], two);
  assert.equal(planned.code, 1);
  assert.match(planned.stdout, new RegExp(`~ ${prefix}metrics: min\\.insync\\.replicas 1 -> 2\n`));
  assert.equal((await tactus(['topics', 'apply'], two)).code, 0);
  for (const env of [two, {}])
    assert.deepEqual(await tactus(['topics', 'plan'], env), {
      code: 0,
      stdout: 'topics: as declared\n',
      stderr: '',
    });
});

const partitionsOf = async (topic: string) => {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]?.partitions.length;
};

test('topics: new ones have TACTUS_PARTITIONS, and those that exist keep theirs, which is a note and no difference', async () => {
  const own = ownPrefix('parts');
  const env = { TOPIC_PREFIX: own, TACTUS_PARTITIONS: '3' };
  await create([
    { topic: `${own}metrics`, numPartitions: 2 },
    { topic: `${own}windows`, numPartitions: 5 },
  ]);
  const applied = await tactus(['topics', 'apply'], env);
  assert.deepEqual([applied.code, applied.stderr], [0, '']);
  assert.match(applied.stdout, /^= .*metrics: keeps its 2 partition\(s\); new topics get 3/m);
  assert.match(applied.stdout, /^= .*windows: keeps its 5 partition\(s\)/m);
  assert.match(applied.stdout, /^existing topics are never grown, .*; to grow them: .*--alter.*$/m);
  const counts = Object.fromEntries(
    await Promise.all(TOPIC_NAMES.map(async (name) => [name, await partitionsOf(own + name)])),
  );
  assert.deepEqual([counts.metrics, counts.windows], [2, 5]);
  assert.deepEqual([counts['ingest.metrics'], counts['state.windowing'], counts['control.rules']], [3, 3, 1]);
  const planned = await tactus(['topics', 'plan'], env);
  assert.equal(planned.code, 0);
  assert.match(planned.stdout, /^= .*metrics: keeps its 2 .*\n= .*windows: .*\ntopics: as declared\n$/);
  const asJson = await tactus(['topics', 'plan', '--json'], env);
  assert.equal(asJson.code, 0);
  const { changes, notes } = JSON.parse(asJson.stdout);
  assert.deepEqual(changes, []);
  assert.deepEqual(
    notes.map(({ kind, topic }: Record<string, unknown>) => [kind, topic]),
    [
      ['partitions', `${own}metrics`],
      ['partitions', `${own}windows`],
    ],
  );
});

test('topics: more partitions than one where all must be in one are a difference that cannot be applied', async () => {
  const own = ownPrefix('whole');
  await create([{ topic: `${own}control.rules`, numPartitions: 3 }]);
  const applied = await tactus(['topics', 'apply'], { TOPIC_PREFIX: own });
  assert.equal(applied.code, 1);
  assert.match(applied.stderr, /control\.rules: has 3 partitions, must have 1/);
  assert.equal(await partitionsOf(`${own}control.rules`), 3);
  const planned = await tactus(['topics', 'plan'], { TOPIC_PREFIX: own });
  assert.equal(planned.code, 1);
  assert.match(planned.stdout, /! .*control\.rules/);
});

test('a worker creates what is missing with TACTUS_PARTITIONS, and leaves the rest as it is', async () => {
  const own = ownPrefix('ensure');
  await create([{ topic: `${own}metrics`, numPartitions: 2 }]);
  const context = {
    config: loadConfig({ ...sharedServers(), TOPIC_PREFIX: own, TACTUS_PARTITIONS: '3' }),
    log: pino({ level: 'silent' }),
    health: new Health(),
    stopping: new AbortController().signal,
  };
  assert.equal((await ensureTopics(context)).length, TOPIC_NAMES.length - 1);
  assert.deepEqual(await ensureTopics(context), []);
  assert.equal(await partitionsOf(`${own}metrics`), 2);
  assert.equal(await partitionsOf(`${own}windows`), 3);
  assert.equal(await partitionsOf(`${own}state.alerts`), 1);
});

test('schemas: check finds what is not registered, apply registers it, and then all agrees', async () => {
  const before = await tactus(['schemas', 'check']);
  assert.equal(before.code, 1);
  assert.match(before.stdout, new RegExp(`${prefix}metrics-value: not registered`));
  const both = await Promise.all([tactus(['schemas', 'apply']), tactus(['schemas', 'apply'])]);
  assert.deepEqual(
    both.map(({ code }) => code),
    [0, 0],
  );
  assert.deepEqual(await tactus(['schemas', 'apply']), {
    code: 0,
    stdout: 'schemas: as in the repository\n',
    stderr: '',
  });
  assert.equal((await tactus(['schemas', 'check'])).code, 0);
});

test('schemas: a registry whose latest version cannot be read is a problem that names the field', async () => {
  const registry = new SchemaRegistry({ host: sharedServers().SCHEMA_REGISTRY_URL });
  const fields = [{ name: 'x', type: 'int' }];
  const own = ownPrefix('alien');
  await registry.register(
    { type: 'record', name: 'LatePoint', namespace: 'io.tactus.v1', fields },
    { subject: `${own}late-value` },
  );
  const checked = await tactus(['schemas', 'check'], { TOPIC_PREFIX: own });
  assert.equal(checked.code, 1);
  assert.match(
    checked.stdout,
    /late-point\.avsc cannot read the registry's latest.*LatePoint\.point: is new/,
  );
});

test('schemas: check says when the compatibility level of a subject refuses the current version', async () => {
  const host = sharedServers().SCHEMA_REGISTRY_URL;
  const own = ownPrefix('strict');
  const { Subject } = registryClient.default({ host });
  const subject = `${own}metrics-value`;
  // Values without a unit are read with null; a reader of this version cannot read the current ones.
  const { schema } = recordSchema(loadSchemas(), 'MetricPoint');
  const stripped = { ...schema, fields: schema.fields.filter(({ name }) => name !== 'unit') };
  const longer = { ...stripped, fields: [...stripped.fields, { name: 'colour', type: 'string' }] };
  await Subject.register({ subject, body: { schema: JSON.stringify(longer) } });
  await Subject.updateConfig({ subject, body: { compatibility: 'FULL' } });
  const { code, stdout } = await tactus(['schemas', 'check'], { TOPIC_PREFIX: own });
  assert.equal(code, 1);
  assert.match(
    stdout,
    new RegExp(`${subject}: the registry's compatibility level refuses the current version`),
  );
  await Subject.updateConfig({ subject, body: { compatibility: 'BACKWARD' } });
  const allowed = await tactus(['schemas', 'check'], { TOPIC_PREFIX: own });
  assert.match(allowed.stdout, new RegExp(`${subject}: the registry lacks the current version; run`));
});

test('schemas: check works without a registry', async () => {
  const nowhere = { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9' };
  assert.deepEqual(await tactus(['schemas', 'check', '--offline'], nowhere), {
    code: 0,
    stdout: 'schemas: agree with the kept versions\n',
    stderr: '',
  });
});

test('a bad configuration ends a set-up command with exit code 78', async () => {
  for (const args of [
    ['topics', 'plan'],
    ['schemas', 'apply'],
  ]) {
    const { code, stderr } = await tactus(args, { KAFKA_BROKERS: 'nowhere' });
    assert.equal(code, 78);
    assert.match(stderr, /KAFKA_BROKERS/);
  }
});
