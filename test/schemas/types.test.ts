import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generateTypes, typesFile } from '../../services/cli/generate/schema-types.js';
import { loadSchemas } from '../../shared/catalog/schemas.js';
import { INTERNAL, loadTopics } from '../../shared/catalog/topics.js';
import { valueSchemas } from '../../shared/catalog/value-schemas.js';
import { keptVersions, versionProblems } from '../../shared/catalog/versions.js';
import type { AvroRecord, AvroSchema } from '../../shared/core/avro-schema.js';

/** Field names of the contract, in its order. */
const CONTRACT: Readonly<Record<string, string>> = {
  MetricPoint: 'tenantId metric tags timestamp value id unit source kind startTimestamp',
  Event: 'id tenantId type timestamp subjectId attributes',
  WindowAggregate:
    'tenantId metric tags window start end count sum min max mean stddev first last quantiles watermark emittedAt increase rate distinct sketch',
  LatePoint: 'point missed watermark latenessMs cause',
  Rollup: 'tenantId metric tags bucket start count sum min max mean refreshedAt increase distinct',
  Anomaly:
    'id tenantId metric tags detector window start end value expected lower upper score severity explanation detectedAt',
  Alert: 'fingerprint rule tenantId state severity labels annotations value startsAt endsAt updatedAt',
  DeadLetter: 'topic partition offset key value headers error message worker failedAt',
};

/** What has come since, behind the fields of the contract and with a default. */
const SINCE: Readonly<Record<string, string>> = { WindowAggregate: 'recordedBy' };

test('schemas/types.ts is what the schemas and topics give (else: npm run generate)', () => {
  assert.equal(readFileSync(typesFile(), 'utf8'), generateTypes(loadSchemas(), loadTopics()));
});

test('the schemas have the fields of the contract, in its order', () => {
  const schemas = loadSchemas();
  for (const [name, fields] of Object.entries(CONTRACT)) {
    const schema = schemas.get(name)?.schema as AvroRecord;
    assert.equal(schema.namespace, 'io.tactus.v1');
    const since = SINCE[name]?.split(' ') ?? [];
    assert.deepEqual(
      schema.fields.map((field) => field.name),
      [...fields.split(' '), ...since],
      name,
    );
    for (const field of schema.fields.filter((one) => since.includes(one.name)))
      assert.notEqual(field.default, undefined, field.name);
  }
});

test('every record, field and enum says what it means, and times are timestamp-millis', () => {
  const undocumented: string[] = [];
  const plainTimes: string[] = [];
  const visit = (schema: AvroSchema, path: string): void => {
    if (typeof schema === 'string') return;
    if (Array.isArray(schema)) {
      for (const branch of schema) visit(branch, path);
      return;
    }
    const type = schema as Exclude<AvroSchema, string | readonly AvroSchema[]>;
    if ('name' in type && type.doc === undefined) undocumented.push(path);
    if (type.type === 'map') visit(type.values, `${path}{}`);
    if (type.type === 'array') visit(type.items, `${path}[]`);
    if (type.type !== 'record') return;
    for (const field of type.fields) {
      const at = `${path}.${field.name}`;
      if (field.doc === undefined) undocumented.push(at);
      if (
        /^(start|end|timestamp|watermark)$|At$/.test(field.name) &&
        !JSON.stringify(field.type).includes('timestamp-millis')
      )
        plainTimes.push(at);
      visit(field.type, at);
    }
  };
  for (const { name, schema } of loadSchemas().values()) visit(schema, name);
  assert.deepEqual(undocumented, []);
  assert.deepEqual(plainTimes, []);
});

test("every topic's value is a schema or internal, and every record is some topic's value", () => {
  const values = new Set([...loadTopics().values()].map((topic) => topic.value));
  values.delete(INTERNAL);
  const records = [...loadSchemas().values()].filter(({ schema }) => schema.type === 'record');
  assert.deepEqual([...values].sort(), records.map(({ name }) => name).sort());
});

test("today's schemas read every kept version, and today's version is kept", () => {
  for (const schema of valueSchemas()) {
    const kept = keptVersions(schema.file);
    assert.deepEqual(versionProblems(schema, kept), []);
    assert.deepEqual(
      kept.map((version) => version.number),
      kept.map((_, index) => index + 1),
      `versions of ${schema.file} are numbered without gaps`,
    );
  }
});
