import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { ConfluentRegistry } from '../../../../shared/adapters/registry/confluent-registry.js';
import { loadSchemas, recordSchema } from '../../../../shared/catalog/schemas.js';
import { TactusError } from '../../../../shared/core/errors.js';
import { type FakeAnswer, FakeRegistry } from '../../../support/fake-registry.js';

/** Long enough for an answer on the loopback address, short enough to wait for often. */
const TIMEOUT_MS = 400;

const point = recordSchema(loadSchemas(), 'MetricPoint').schema;
const fake = new FakeRegistry();
let fakeUrl = '';
before(async () => {
  fakeUrl = await fake.start();
});
after(() => fake.stop());
beforeEach(() => {
  fake.answers.clear();
  fake.asked = [];
});

const open = (url = fakeUrl) => new ConfluentRegistry(url);
const openImpatient = (url = fakeUrl) => new ConfluentRegistry(url, { timeoutMs: TIMEOUT_MS });
const json = (status: number, body: unknown): FakeAnswer => ({ status, body: JSON.stringify(body) });

/** Every call of the port. */
const calls = (registry: ConfluentRegistry): Readonly<Record<string, () => Promise<unknown>>> => ({
  subjects: () => registry.subjects(),
  schemaById: () => registry.schemaById(1),
  latest: () => registry.latest('s'),
  idOf: () => registry.idOf('s', point),
  accepts: () => registry.accepts('s', point),
  ensure: () => registry.ensure('s', point),
});

const isUnavailable = (error: unknown) =>
  error instanceof TactusError && error.code === 'TACTUS_REGISTRY_UNAVAILABLE' && error.retriable;

const isRefused = (error: unknown) =>
  error instanceof TactusError &&
  error.code === 'TACTUS_ACCESS_REFUSED' &&
  /correct TACTUS_REGISTRY_USERNAME .* or TACTUS_REGISTRY_TOKEN$/.test(error.message);

const HOSTILE: Readonly<Record<string, FakeAnswer>> = {
  'a server error': json(503, { error_code: 50001, message: 'starting' }),
  'an answer of a proxy': { status: 404, body: '<html>no such page</html>' },
  'a 404 of another service': json(404, { message: 'Not Found' }),
  'a 404 without a body': { status: 404, body: '' },
  'a 404 with a list': json(404, [40403]),
  'an empty error': { status: 500, body: 'null' },
  'an empty client error': { status: 404, body: 'null' },
  'refused credentials': json(401, { error_code: 40101, message: 'who are you' }),
  'refused access': json(403, { error_code: 40301, message: 'not you' }),
  'refused credentials dressed as an unknown schema': json(401, { error_code: 40403, message: 'not found' }),
  'refused access dressed as an unknown schema': json(403, { error_code: 40403, message: 'not found' }),
  'a code that is no number': json(404, { error_code: '40403', message: 'not found' }),
  'a server error dressed as an unknown schema': json(500, {
    error_code: 40403,
    message: 'Schema not found',
  }),
  'too many requests': json(429, { error_code: 42901, message: 'slow down' }),
  nonsense: { status: 200, body: 'hello' },
  'a success without content': json(200, {}),
  'a success that is null': { status: 200, body: 'null' },
  'a redirect to nowhere': { status: 302, body: '' },
  'a redirect without end': { status: 302, body: '', headers: { location: '/again' } },
  'a lost connection': 'hang up',
  'an answer cut short': 'cut short',
  silence: 'silence',
  'silence within the body': 'silence within the body',
  'a body without end': 'without end',
};

describe('a registry that answers badly', () => {
  for (const [what, answer] of Object.entries(HOSTILE))
    test(`${what} is waited for and never taken for an unknown schema`, async () => {
      fake.answer = answer;
      const all = Object.entries(calls(openImpatient()));
      const expected = what.startsWith('refused ') ? isRefused : isUnavailable;
      await Promise.all(all.map(([name, call]) => assert.rejects(call, expected, name)));
    });

  test('a server that is not there is waited for', async () => {
    for (const call of Object.values(calls(open('http://127.0.0.1:9'))))
      await assert.rejects(call, isUnavailable);
  });

  test('an answer that grows without end is given up long before it has filled the memory', async () => {
    fake.answer = 'without end';
    await assert.rejects(open().schemaById(1), /more than 16777216 bytes/);
  });
});

describe('the answers of a registry', () => {
  test("its own 404 is an answer, whatever the answer's type says", async () => {
    fake.answer = {
      status: 404,
      body: '{"error_code":40403,"message":"Schema not found"}',
      headers: { 'content-type': 'text/plain' },
    };
    assert.equal(await open().schemaById(1), null);
    fake.answer = json(404, { error_code: 404, message: 'Not found' });
    assert.equal(await open().latest('s'), null);
    assert.equal(await open().idOf('s', point), null);
  });

  test('a schema of another kind, or one in several subjects, is reported as unusable', async () => {
    const registry = open();
    fake.answer = json(200, { schema: '{}', schemaType: 'JSON' });
    assert.deepEqual(await registry.schemaById(1), { unusable: 'its type is JSON' });
    fake.answer = json(200, { schema: '"string"', references: [{ name: 'a' }] });
    assert.match(((await registry.schemaById(1)) as { unusable: string }).unusable, /other subjects/);
    fake.answer = json(200, { schema: '{"type":' });
    assert.match(((await registry.schemaById(1)) as { unusable: string }).unusable, /JSON/);
  });

  test('the path of the address is kept in front of the calls, with and without a slash at its end', async () => {
    fake.answer = json(404, { error_code: 40401, message: 'Subject not found' });
    for (const path of ['/apis/ccompat/v7', '/apis/ccompat/v7/'])
      assert.equal(await open(fakeUrl + path).latest('a/b'), null);
    const asked = 'GET /apis/ccompat/v7/subjects/a%2Fb/versions/latest';
    assert.deepEqual(fake.asked, [asked, asked]);
  });

  test('a redirect is followed', async () => {
    fake.answers.set('GET /schemas/ids/1', { status: 307, body: '', headers: { location: '/moved' } });
    fake.answers.set('GET /moved', json(200, { schema: '"string"' }));
    assert.deepEqual(await open().schemaById(1), { schema: 'string' });
  });
});

describe('a registration', () => {
  const level = (compatibilityLevel: string) => json(200, { compatibilityLevel });
  const unknown = json(404, { error_code: 40403, message: 'Schema not found' });
  beforeEach(() => {
    fake.answer = json(404, { error_code: 40401, message: 'no such subject' });
    fake.answers.set('POST /subjects/s', unknown);
    fake.answers.set('POST /subjects/s/versions', json(200, { id: 7 }));
    fake.answers.set('PUT /config/s', json(200, { compatibility: 'BACKWARD' }));
  });

  test('sets BACKWARD where a registry shows its global level for a subject without one', async () => {
    fake.answers.set('GET /config/s', level('NONE'));
    assert.deepEqual(await open().ensure('s', point), { id: 7, added: true });
    assert.ok(fake.asked.includes('PUT /config/s'));
  });

  test('leaves a level alone that checks anything', async () => {
    fake.answers.set('GET /config/s', level('full_transitive'));
    assert.deepEqual(await open().ensure('s', point), { id: 7, added: true });
    assert.ok(!fake.asked.includes('PUT /config/s'));
  });

  test('is tried again when the level changes between two looks at it', async () => {
    let looks = 0;
    fake.answers.set('GET /config/s', () => level(++looks === 1 ? 'NONE' : 'BACKWARD'));
    assert.deepEqual(await open().ensure('s', point), { id: 7, added: true });
    assert.equal(fake.asked.filter((asked) => asked === 'POST /subjects/s/versions').length, 1);
  });

  test('is waited for when the level never stands still', async () => {
    let looks = 0;
    fake.answers.set('GET /config/s', () => level(looks++ % 2 === 0 ? 'NONE' : 'BACKWARD'));
    await assert.rejects(open().ensure('s', point), isUnavailable);
  });

  test('goes well when another process sets the level first', async () => {
    fake.answers.set('PUT /config/s', json(409, { error_code: 40901, message: 'in conflict' }));
    await assert.rejects(open().ensure('s', point), isUnavailable, 'a refusal without a level stays one');
    let looks = 0;
    // Not there for the first look, for the library's, and for the one before setting it.
    fake.answers.set('GET /config/s', () => (++looks <= 3 ? fake.answer : level('BACKWARD')));
    assert.deepEqual(await open().ensure('s', point), { id: 7, added: true });
  });

  for (const [what, answer] of [
    ['incompatible', json(409, { error_code: 409, message: 'incompatible' })],
    ['invalid', json(422, { error_code: 42201, message: 'no Avro' })],
  ] as const)
    test(`that is refused as ${what} is refused for good`, async () => {
      fake.answers.set('POST /subjects/s/versions', answer);
      await assert.rejects(open().ensure('s', point), { code: 'TACTUS_SCHEMA_INCOMPATIBLE' });
    });
});

describe('user and password of the address', () => {
  const withCredentials = (credentials: string) => fakeUrl.replace('http://', `http://${credentials}@`);

  test('are sent as basic authentication, percent signs resolved', async () => {
    fake.answer = json(200, { schema: '"string"' });
    for (const [written, sent] of [
      ['me:s3cret', 'me:s3cret'],
      ['me:p%40ss%2Fw%C3%B6rd', 'me:p@ss/wörd'],
      ['me:100%', 'me:100%'],
      [':token', ':token'],
    ] as const) {
      await open(withCredentials(written)).schemaById(1);
      assert.equal(fake.authorization, `Basic ${Buffer.from(sent).toString('base64')}`);
    }
  });

  test('are not sent where there are none', async () => {
    fake.answer = json(200, { schema: '"string"' });
    await open().schemaById(1);
    assert.equal(fake.authorization, undefined);
  });

  test('are not sent to another server that a redirect leads to', async () => {
    const other = new FakeRegistry();
    const location = await other.start();
    try {
      other.answer = json(200, { schema: '"string"' });
      fake.answer = { status: 307, body: '', headers: { location } };
      assert.deepEqual(await open(withCredentials('me:s3cret')).schemaById(1), { schema: 'string' });
      assert.equal(other.asked.length, 1);
      assert.equal(other.authorization, undefined);
    } finally {
      other.stop();
    }
  });

  test('are shown in no error, though a server sends them back', async () => {
    const token = Buffer.from('me:s3cr@t').toString('base64');
    const said = `you sent Basic ${token}, that is s3cr@t or s3cr%40t`;
    const registry = openImpatient(withCredentials('me:s3cr%40t'));
    const echoes: Record<string, FakeAnswer> = {
      proxy: { status: 502, body: said },
      refusal: json(409, { error_code: 409, message: said }),
      'not found': json(404, { error_code: 40401, message: said }),
      'other refusal': json(422, { error_code: 42201, message: said }),
    };
    for (const [what, answer] of Object.entries({ ...HOSTILE, ...echoes })) {
      fake.answer = answer;
      const all = Object.entries(calls(registry)).map(async ([name, call]) => {
        const shown = await call().then(
          () => '',
          (error: unknown) => `${String(error)} ${inspect(error, { depth: 20, showHidden: true })}`,
        );
        for (const secret of ['s3cr@t', 's3cr%40t', token])
          assert.ok(!shown.includes(secret), `${what}, ${name}: ${shown}`);
      });
      await Promise.all(all);
    }
    fake.answer = echoes.proxy as FakeAnswer;
    await assert.rejects(registry.schemaById(1), /you sent Basic \*\*\*, that is/);
  });
});
