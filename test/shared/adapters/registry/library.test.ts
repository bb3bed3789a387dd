import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import avro from 'avsc';
import { FakeRegistry } from '../../../support/fake-registry.js';

/*
 * Why `shared/adapters/registry` puts something of its own around `@kafkajs/confluent-schema-registry`
 * 4.1.0. When a test here fails, the library has become better and something there can go.
 */

/** An answer on the loopback address takes a few milliseconds. */
const LONG_AFTER_MS = 500;
const SCHEMA = {
  type: 'record' as const,
  name: 'Reading',
  namespace: 'io.example',
  fields: [{ name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } }],
};

const fake = new FakeRegistry();
let host = '';
before(async () => {
  host = await fake.start();
});
after(() => fake.stop());

/** An own object's fields and its message, by which a caller can distinguish errors. */
async function failure(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const error: Error = await call.then(
    () => assert.fail('it did not fail'),
    (e) => e,
  );
  return { class: error.constructor.name, ...error };
}

const settled = (call: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    call.then(
      () => true,
      () => true,
    ),
    new Promise<boolean>((resolve) => setTimeout(resolve, LONG_AFTER_MS, false)),
  ]);

describe('the library alone', () => {
  it("cannot distinguish the registry's 404 from that of a proxy", async () => {
    const of = async (body: string) => {
      fake.answer = { status: 404, body };
      const registry = new SchemaRegistry({ host });
      return [
        await failure(registry.getSchema(1)),
        await failure(registry.getRegistryIdBySchema('s', SCHEMA)),
      ];
    };
    const proxy = await of('{"message":"Not Found"}');
    assert.deepEqual(await of('{"error_code":40403,"message":"Not Found"}'), proxy);
  });

  it('ends the process on an error answer null', async () => {
    fake.answer = { status: 404, body: 'null' };
    const script = `import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
      new SchemaRegistry({ host: '${host}' }).getSchema(1).catch(() => process.exit(0));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 1);
    assert.match(said, /TypeError: Cannot read properties of null \(reading 'message'\)/);
  });

  for (const answer of ['cut short', 'silence', 'silence within the body'] as const)
    it(`waits for ever for an answer with ${answer}`, async () => {
      fake.answer = answer;
      assert.equal(await settled(new SchemaRegistry({ host }).getSchema(1)), false);
    });

  it('takes whatever is no error for an answer: a redirect, a page, an empty object', async () => {
    for (const answer of [
      { status: 302, body: '', headers: { location: '/there' } },
      { status: 200, body: 'hello' },
      { status: 200, body: '{}' },
    ]) {
      fake.answer = answer;
      const registry = new SchemaRegistry({ host });
      assert.equal(await registry.getRegistryIdBySchema('s', SCHEMA), undefined);
    }
  });

  it('shows the password of an address in its errors', async () => {
    fake.answer = { status: 503, body: '{"error_code":50001,"message":"starting"}' };
    const registry = new SchemaRegistry({
      host: host.replace('http://', 'http://me:s3cret@'),
      retry: { retries: 0 },
    });
    const { url } = await failure(registry.getSchema(1));
    assert.match(String(url), /s3cret/);
  });

  it('does not give a schema back as it was written, but a type of its own', async () => {
    fake.answer = { status: 200, body: JSON.stringify({ schema: JSON.stringify(SCHEMA) }) };
    const type = await new SchemaRegistry({ host }).getSchema(1);
    assert.ok(avro.Type.isType(type));
    const exported = JSON.stringify((type as avro.Type).schema({ exportAttrs: true }));
    assert.doesNotMatch(exported, /namespace|logicalType/);
  });

  it('compiles the JSON Schemas and Protobuf files of strangers, of whatever size', async () => {
    fake.answer = { status: 200, body: JSON.stringify({ schemaType: 'JSON', schema: '{"type":"object"}' }) };
    const compiled = (await new SchemaRegistry({ host }).getSchema(1)) as unknown as { validate: unknown };
    assert.equal(typeof compiled.validate, 'function');
  });

  it('registers nothing where the compatibility level is not the one that it is given', async () => {
    fake.answer = { status: 200, body: '{"compatibilityLevel":"FULL"}' };
    fake.asked = [];
    const call = new SchemaRegistry({ host }).register(SCHEMA, { subject: 's' });
    await assert.rejects(call, /Compatibility does not match/);
    assert.deepEqual(fake.asked, ['GET /config/s']);
  });
});
