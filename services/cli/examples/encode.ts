// npm run -s encode POINT > FILE   a point in JSON as the bytes of a record of ingest.metrics
import { randomUUID } from 'node:crypto';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';

const { SCHEMA_REGISTRY_URL = '', TOPIC_PREFIX = 'tactus.' } = process.env;
const given = JSON.parse(process.argv[2] ?? '{}');

const registry = new SchemaRegistry({ host: SCHEMA_REGISTRY_URL });
const schemaId = await registry.getLatestSchemaId(`${TOPIC_PREFIX}ingest.metrics-value`);
const missing = { tags: {}, unit: null, source: 'kcat', timestamp: Date.now(), id: randomUUID() }; // an id counts once
process.stdout.write(await registry.encode(schemaId, { ...missing, ...given }));
