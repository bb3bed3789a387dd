import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { CONFIGURED, loadTopics, parseTopic } from '../../../shared/catalog/topics.js';
import { TactusError } from '../../../shared/core/errors.js';
import { packageRoot } from '../../../shared/files/package-root.js';
import { TOPIC_NAMES } from '../../../topics/names.js';

const GOOD = `
description: Points.
partitions: 4
cleanup: [delete]
retention: 7d
compression: producer
key: 'tenantId|metric'
value: MetricPoint
config:
  message.timestamp.type: LogAppendTime
writtenBy: [ingest]
readBy: [windowing, sink]
`;

function refusal(yaml: string): string {
  try {
    parseTopic('metrics', yaml);
  } catch (error) {
    assert.ok(error instanceof TactusError);
    assert.equal(error.code, 'TACTUS_CONFIG_INVALID');
    return error.message;
  }
  throw new Error('was accepted');
}

test('every topic of the code has its file, and there are no others', () => {
  assert.deepEqual([...loadTopics().keys()], [...TOPIC_NAMES]);
});

test('those of the package are read once by a process, those of another folder each time', () => {
  assert.equal(loadTopics(), loadTopics());
  const folder = join(packageRoot(), 'topics');
  assert.notEqual(loadTopics(folder), loadTopics());
  assert.deepEqual(loadTopics(folder), loadTopics());
});

test('all but those that one reader needs whole have as many partitions as the configuration says', () => {
  const whole = [...loadTopics().values()].filter(({ partitions }) => partitions !== CONFIGURED);
  assert.deepEqual(
    whole.map(({ name, partitions }) => [name, partitions]),
    [
      ['control.tenants', 1],
      ['control.rules', 1],
      ['control.alerts', 1],
      ['control.sensitivities', 1],
      ['control.keys', 1],
      ['audit', 1],
      ['state.progress', 1],
      ['state.dlq', 1],
      ['state.alerts', 1],
      ['state.notifications', 1],
    ],
  );
});

test('history with old timestamps is kept by its arrival in every topic', () => {
  for (const topic of loadTopics().values())
    assert.equal(topic.config['message.timestamp.type'], 'LogAppendTime', topic.name);
});

test('what goes to dlq fits there with its envelope', () => {
  const topics = loadTopics();
  const limit = (name: 'ingest.metrics' | 'ingest.events' | 'dlq') =>
    Number(topics.get(name)?.config['max.message.bytes']);
  assert.ok(limit('ingest.metrics') > 10_000_000);
  assert.ok(limit('dlq') > limit('ingest.metrics') && limit('dlq') > limit('ingest.events'));
});

test('a declaration becomes the configuration that Kafka knows', () => {
  assert.deepEqual(parseTopic('metrics', GOOD), {
    name: 'metrics',
    description: 'Points.',
    writtenBy: ['ingest'],
    readBy: ['windowing', 'sink'],
    partitions: 4,
    key: 'tenantId|metric',
    value: 'MetricPoint',
    config: {
      'cleanup.policy': 'delete',
      'retention.ms': '604800000',
      'compression.type': 'producer',
      'message.timestamp.type': 'LogAppendTime',
    },
  });
  const forever = parseTopic(
    'metrics',
    GOOD.replace('7d', 'forever').replace('[delete]', '[delete, compact]'),
  );
  assert.equal(forever.config['retention.ms'], '-1');
  assert.equal(forever.config['cleanup.policy'], 'compact,delete');
});

test('an unknown key is refused with file, key and what is allowed', () => {
  assert.match(
    refusal(`${GOOD}partition: 3\n`),
    /topics\/metrics\.yaml:13:1: partition: unknown key; did you mean "partitions"\? allowed: .*partitions/,
  );
});

for (const [what, from, to, message] of [
  [
    'a count of partitions that is none',
    'partitions: 4',
    'partitions: 0',
    /:3:13: partitions: must be TACTUS_PARTITIONS, or a whole number from 1 to 1000: value was 0/,
  ],
  [
    'a policy that Kafka does not have',
    '[delete]',
    '[erase]',
    /:4:11: cleanup\[0\]: must be one of delete, compact: value was "erase"/,
  ],
  ['a retention without unit', '7d', '7', /retention: must be a time such as .*: value was 7/],
  ['an unknown compression', 'producer', 'brotli', /compression: must be one of .*: value was "brotli"/],
  [
    'a setting that has a key of its own',
    'message.timestamp.type: LogAppendTime',
    'retention.ms: 1',
    /config\["retention\.ms"\]: must be absent: it has a key of its own/,
  ],
  [
    'a setting that is a list',
    'LogAppendTime',
    '[a]',
    /config\["message\.timestamp\.type"\]: must be text, number or boolean/,
  ],
  ['a missing key', 'value: MetricPoint\n', '', /:2:1: value: is missing; must be text/],
  ['what is no YAML', 'partitions: 4', 'partitions: [', /must be YAML/],
] as const)
  test(`${what} is refused`, () => {
    assert.match(refusal(GOOD.replace(from, to)), message);
  });
