// npm run -s follow TOPIC...   prints topics as JSON, from their beginning
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { Kafka, logLevel } from 'kafkajs';

const { KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '', TOPIC_PREFIX = 'tactus.' } = process.env;
const topics = process.argv.slice(2).map((name) => TOPIC_PREFIX + name);

const registry = new SchemaRegistry({ host: SCHEMA_REGISTRY_URL });
const kafka = new Kafka({ brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `follow-${process.pid}-${Date.now()}` });
await consumer.connect();
await consumer.subscribe({ topics, fromBeginning: true });
await consumer.run({
  eachMessage: async ({ topic, message: { value } }) => {
    if (value !== null) console.log(topic, JSON.stringify(await registry.decode(value)));
  },
});
