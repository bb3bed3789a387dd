// npm run -s send TENANT METRIC VALUE...   sends one point a second
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { Kafka, Partitioners } from 'kafkajs';

const { KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '', TOPIC_PREFIX = 'tactus.' } = process.env;
const [tenantId, metric, ...values] = process.argv.slice(2);

const topic = `${TOPIC_PREFIX}ingest.metrics`;
const registry = new SchemaRegistry({ host: SCHEMA_REGISTRY_URL });
const schemaId = await registry.getLatestSchemaId(`${topic}-value`).catch((cause) => {
  throw new Error(`no schema for ${topic}: run \`npx tactus schemas apply\``, { cause });
});
const kafka = new Kafka({ brokers: KAFKA_BROKERS.split(',') });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();
for (const [i, value] of values.entries()) {
  const series = { tenantId, metric, tags: { host: 'web-1' }, unit: null, source: null };
  const one = { timestamp: Date.now(), value: Number(value), id: randomUUID() }; // an id counts once
  const bytes = await registry.encode(schemaId, { ...series, ...one });
  await producer.send({ topic, messages: [{ key: `${tenantId}|${metric}`, value: bytes }] });
  console.log(`${i + 1} of ${values.length}: ${metric} = ${value}`);
  if (i + 1 < values.length) await sleep(1_000);
}
await producer.disconnect();
