import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import * as zlib from 'node:zlib';
import { compressSync } from 'snappy';
import { TactusError } from '../../../../shared/core/errors.js';
import { formatTraceparent } from '../../../../shared/core/trace-context.js';
import { LocalGateway } from '../../../support/local-gateway.js';
import type { SentAnswer } from '../../../support/post.js';
import { contextOf } from '../../../support/recorded-tracing.js';
import { until } from '../../../support/until.js';

const MIB = 1_048_576;
const PATH = '/api/v1/metrics';
const point = (change: object = {}) => JSON.stringify({ metric: 'm', value: 1, ...change });
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const codeOf = ({ text }: SentAnswer) => (JSON.parse(text) as { code: string }).code;

describe('a request to the gateway', () => {
  let gateway: LocalGateway;
  before(async () => {
    gateway = await LocalGateway.start({ TACTUS_GATEWAY_MAX_UNPACKED_BYTES: String(2 * MIB) });
  });
  after(async () => {
    await gateway.stop();
  });

  it('presents its key in any of the usual forms', async () => {
    const forms: Record<string, string>[] = [
      { authorization: 'Bearer key-of-acme' },
      { authorization: 'token key-of-acme' },
      { authorization: basic('anybody', 'key-of-acme') },
      { authorization: basic('key-of-acme', '') },
      { authorization: '', 'x-api-key': 'key-of-acme' },
    ];
    for (const headers of forms) assert.equal((await gateway.post(PATH, point(), headers)).status, 200);
    for (const authorization of ['', 'Bearer another', 'Bearer', 'Basic ?', basic('key-of-acme', 'wrong')]) {
      const answer = await gateway.post(PATH, point(), { authorization });
      assert.equal(answer.status, 401, authorization);
      assert.equal(codeOf(answer), 'TACTUS_CREDENTIALS_REFUSED');
      if (authorization === '')
        assert.match(answer.text, /allowed are the headers .*Authorization: Bearer KEY/);
      assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer/);
    }
  });

  it('is for the tenant of its key, and for another only where the key allows that', async () => {
    const all = { authorization: 'Bearer key-of-all' };
    const cases: [Record<string, string>, string, number][] = [
      [{ authorization: 'Bearer key-to-read' }, point(), 403],
      [{ 'x-scope-orgid': 'acme' }, point({ tenantId: 'acme' }), 200],
      [{ 'x-scope-orgid': 'other' }, point(), 403],
      [{}, point({ tenantId: 'other' }), 403],
      [all, point({ tenantId: 'other' }), 200],
      [{ ...all, 'x-scope-orgid': 'third' }, point(), 200],
      [all, point(), 400],
    ];
    gateway.records.length = 0;
    gateway.refusedTenants.length = 0;
    for (const [headers, body, status] of cases)
      assert.equal((await gateway.post(PATH, body, headers)).status, status, JSON.stringify([headers, body]));
    const named = { ...all, 'x-scope-orgid': Buffer.from('Büro', 'utf8').toString('latin1') };
    assert.equal((await gateway.post(PATH, Buffer.from(point()), named)).status, 200);
    // Both are asked about in one way, which records what is refused.
    assert.deepEqual(gateway.refusedTenants.slice(-2), ['other', 'other']);
    // One item for another tenant: nothing of the request is written.
    assert.equal((await gateway.post(PATH, `[${point()},${point({ tenantId: 'other' })}]`)).status, 403);
    assert.deepEqual(
      gateway.records.map(({ key }) => String(key)),
      ['acme|m', 'other|m', 'third|m', 'Büro|m'],
    );
  });

  it('is of the series that it names, whichever version of the line protocol names it', async () => {
    gateway.records.length = 0;
    const plain = { 'content-type': 'text/plain' };
    for (const [path, line] of [
      ['/write', 'cpu,host=a value=1'],
      ['/api/v2/write', 'mem,host=b value=2'],
    ] as const)
      assert.equal((await gateway.post(path, line, plain)).status, 204);
    assert.deepEqual(
      gateway.points.map(({ metric, tags, value }) => [metric, { ...tags }, value]),
      [
        ['cpu.value', { host: 'a' }, 1],
        ['mem.value', { host: 'b' }, 2],
      ],
    );
  });

  it('is refused with a name that records cannot have, in tags and in attributes', async () => {
    gateway.records.length = 0;
    for (const [path, body] of [
      [PATH, '{"metric":"m","value":1,"tags":{"__proto__":"x"}}'],
      ['/api/v1/events', '{"type":"t","attributes":{"__proto__":"x"}}'],
    ] as const) {
      const answer = await gateway.post(path, body);
      assert.equal(answer.status, 400);
      assert.match(answer.text, /TACTUS_FIELD_BAD_CHARACTER.*has __proto__; allowed is another name/);
    }
    assert.equal(gateway.records.length, 0);
  });

  it('has at most so many items, in whatever they are listed', async () => {
    const list = `[${'0,'.repeat(500_000)}0]`;
    for (const [path, type, body] of [
      [PATH, 'application/json', list],
      ['/api/v1/events', 'application/cloudevents-batch+json', list],
      ['/v1/batch', 'application/json', `{"batch":${list}}`],
    ] as const) {
      const answer = await gateway.post(path, body, { 'content-type': type });
      assert.equal(answer.status, 413, path);
    }
  });

  it('may be packed', async () => {
    const body = Buffer.from(point());
    const packed: Record<string, Buffer> = {
      identity: body,
      gzip: zlib.gzipSync(body),
      deflate: zlib.deflateSync(body),
      zstd: zlib.zstdCompressSync(body),
      snappy: compressSync(body),
    };
    for (const [encoding, bytes] of Object.entries(packed))
      assert.equal((await gateway.post(PATH, bytes, { 'content-encoding': encoding })).status, 200, encoding);
    const bare = zlib.deflateRawSync(body);
    assert.equal((await gateway.post(PATH, bare, { 'content-encoding': 'deflate' })).status, 200);
    assert.equal((await gateway.post(PATH, body, { 'content-encoding': 'br' })).status, 415);
    for (const encoding of ['gzip', 'deflate', 'zstd', 'snappy']) {
      const cut = (packed[encoding] as Buffer).subarray(0, -3);
      const answer = await gateway.post(PATH, cut, { 'content-encoding': encoding });
      assert.deepEqual([answer.status, codeOf(answer)], [400, 'TACTUS_BODY_UNDECODABLE'], encoding);
    }
  });

  it('may be packed in several parts, and none of them is acknowledged unread', async () => {
    const lines = ['a', 'b', 'c'].map((metric) => Buffer.from(`${point({ metric })}\n`));
    const skipped = Buffer.from('502a4d1804000000abcdabcd', 'hex');
    const inParts: Record<string, Buffer> = {
      gzip: Buffer.concat([...lines.map((line) => zlib.gzipSync(line)), Buffer.alloc(8)]),
      zstd: Buffer.concat([skipped, ...lines.map((line) => zlib.zstdCompressSync(line)), skipped]),
    };
    for (const [encoding, bytes] of Object.entries(inParts)) {
      gateway.records.length = 0;
      const answer = await gateway.post(PATH, bytes, { 'content-encoding': encoding });
      assert.deepEqual([answer.status, gateway.points.length], [200, 3], encoding);
    }
    const zeros = zlib.zstdCompressSync(Buffer.alloc(MIB));
    const refused: [string, Buffer, number, string][] = [
      [
        'zstd',
        Buffer.concat([zlib.zstdCompressSync(lines[0] as Buffer), Buffer.from('more')]),
        400,
        'UNDECODABLE',
      ],
      ['zstd', Buffer.concat([zeros, zeros, zeros]), 413, 'TOO_LARGE'],
      ['zstd', Buffer.concat(Array.from({ length: 1_001 }, () => skipped)), 400, 'UNDECODABLE'],
      ['deflate', Buffer.concat(lines.map((line) => zlib.deflateSync(line))), 400, 'UNDECODABLE'],
      ['deflate', Buffer.concat(lines.map((line) => zlib.deflateRawSync(line))), 400, 'UNDECODABLE'],
    ];
    for (const [encoding, bytes, status, code] of refused) {
      const answer = await gateway.post(PATH, bytes, { 'content-encoding': encoding });
      assert.deepEqual([answer.status, codeOf(answer)], [status, `TACTUS_BODY_${code}`], encoding);
    }
    assert.equal(gateway.inFlight.bytes, 0);
  });

  it('is refused when it unpacks to more than the limit, and holds no memory afterwards', async () => {
    const zeros = Buffer.alloc(256 * MIB);
    const bombs: Record<string, Buffer> = {
      gzip: zlib.gzipSync(zeros, { level: 1 }),
      deflate: zlib.deflateSync(zeros, { level: 1 }),
      zstd: zlib.zstdCompressSync(zeros),
      // The size that the block states is enough: it is not unpacked.
      snappy: compressSync(zeros.subarray(0, 64 * MIB)),
    };
    for (const [encoding, bytes] of Object.entries(bombs)) {
      const before = process.memoryUsage().rss;
      const answer = await gateway.post(PATH, bytes, { 'content-encoding': encoding });
      assert.deepEqual([answer.status, codeOf(answer)], [413, 'TACTUS_BODY_TOO_LARGE'], encoding);
      assert.ok(process.memoryUsage().rss - before < 64 * MIB, encoding);
    }
    assert.equal(gateway.inFlight.bytes, 0);
  });

  it('is answered 404 where there is no such path, 415 for a type that no path takes', async () => {
    const unknown = await gateway.post('/api/v1/metric', point());
    assert.equal(unknown.status, 404);
    assert.match(unknown.text, /there is no POST .*allowed are POST to \/api\/v1\/metrics, /);
    assert.match(
      (await gateway.post(PATH, '{"metric":')).text,
      /neither an item as JSON nor an array nor lines/,
    );
    assert.equal((await gateway.post('/%zz', point())).status, 404);
    // Whether it is ready, the status server of the worker says.
    assert.equal((await fetch(`http://127.0.0.1:${gateway.port}/ready`)).status, 404);
    assert.equal((await gateway.post(PATH, '<a/>', { 'content-type': 'text/xml' })).status, 415);
  });

  it('is named in the log, with its tenant and its trace, where a fault of the gateway has met it', async () => {
    const own = await LocalGateway.start();
    try {
      own.gatherer.write = () => {
        throw new TypeError('a fault');
      };
      const traceparent = formatTraceparent(contextOf(0xabc, 0xdef));
      const traced = await own.post(PATH, point(), { traceparent });
      assert.deepEqual([traced.status, codeOf(traced)], [503, 'TACTUS_KAFKA_UNAVAILABLE']);
      await own.post(PATH, point());
      const lines = own.logged.map((line) => JSON.parse(line) as Record<string, unknown>);
      const [{ context } = { context: null }] = own.tracing.spans;
      assert.deepEqual(
        lines.map(({ level, tenant, trace_id, span_id, error }) => [
          ...[level, tenant, trace_id, span_id, (error as { type: string }).type],
        ]),
        [
          ['error', 'acme', context?.traceId, context?.spanId, 'TypeError'],
          ['error', 'acme', undefined, undefined, 'TypeError'],
        ],
      );
      assert.equal(context?.traceId, contextOf(0xabc, 0xdef).traceId);
    } finally {
      await own.stop();
    }
  });

  it('is answered 503 when Kafka does not acknowledge it, with a wait that grows', async () => {
    const { produce } = gateway;
    gateway.produce = async (batch) => ({
      missing: new Set(batch.topics.keys()),
      refused: new Map(),
      // Not retriable by itself: what senders are answered does not depend on that.
      error: new TactusError('TACTUS_FENCED', 'the producer id is gone'),
    });
    const waits = [];
    for (const attempt of ['1', '3', '9']) {
      const answer = await gateway.post(PATH, point(), { 'retry-attempt': attempt });
      assert.deepEqual([answer.status, codeOf(answer)], [503, 'TACTUS_KAFKA_UNAVAILABLE']);
      waits.push(Number(answer.headers['retry-after']));
    }
    gateway.produce = async (batch) => ({
      missing: new Set(batch.topics.keys()),
      refused: new Map([...batch.topics.keys()].map((index) => [index, 'too large'])),
      error: new TactusError('TACTUS_OUTPUT_REFUSED', 'too large'),
    });
    assert.equal((await gateway.post(PATH, point())).status, 400);
    gateway.produce = produce;
    const [first = 0, third = 0, ninth = 0] = waits;
    assert.ok(first >= 3 && first <= 9 && third >= 12 && third <= 36 && ninth >= 48 && ninth <= 96);
  });
});

describe('a gateway under pressure', () => {
  it('refuses what would be more in flight than a tenant may have, and takes others', async () => {
    const gateway = await LocalGateway.start({
      TACTUS_GATEWAY_MAX_IN_FLIGHT_TENANT_BYTES: String(MIB),
      TACTUS_GATEWAY_MAX_IN_FLIGHT_BYTES: String(4 * MIB),
    });
    let release = () => {};
    const { produce } = gateway;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let producing = false;
    gateway.produce = async (batch) => {
      producing = true;
      await held;
      return await produce(batch);
    };
    const body = `[${Array.from({ length: 8_000 }, (_, i) => point({ id: `i${i}` })).join(',')}]`;
    const first = gateway.post(PATH, body);
    await until('the produce of the first request', () => producing);
    const refused = await gateway.post(PATH, Buffer.alloc(MIB, ' '));
    assert.deepEqual([refused.status, codeOf(refused)], [503, 'TACTUS_GATEWAY_OVERLOADED']);
    const headers = { authorization: 'Bearer key-of-all', 'x-scope-orgid': 'other' };
    const other = gateway.post(PATH, point(), headers);
    release();
    assert.deepEqual([(await first).status, (await other).status], [200, 200]);
    assert.equal(gateway.inFlight.bytes, 0);
    await gateway.stop();
  });

  it('closes connections of senders that take too long, and serves others meanwhile', async () => {
    const gateway = await LocalGateway.start({ TACTUS_GATEWAY_REQUEST_TIMEOUT_MS: '1000' });
    const slow = Array.from({ length: 20 }, () => connect(gateway.port, '127.0.0.1'));
    const ended = Promise.all(slow.map((socket) => once(socket.resume(), 'close')));
    for (const [i, socket] of slow.entries()) {
      socket.write(`POST ${PATH} HTTP/1.1\r\nHost: a\r\n`);
      // Half of them send their headers, and then a body that never ends.
      if (i % 2 === 0) socket.write('Authorization: Bearer key-of-acme\r\nContent-Length: 1000\r\n\r\n{');
    }
    assert.equal((await gateway.post(PATH, point())).status, 200);
    await ended;
    assert.equal(gateway.inFlight.bytes, 0);
    await gateway.stop();
  });

  it('ends the connection of a body that comes byte by byte, long before it is all there', async () => {
    const gateway = await LocalGateway.start();
    const socket = connect(gateway.port, '127.0.0.1').on('error', () => undefined);
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    const closed = once(socket, 'close');
    const head = `POST ${PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer key-of-acme\r\nTransfer-Encoding: chunked\r\n\r\n`;
    socket.write(head + '1\r\na\r\n'.repeat(70_000));
    await closed;
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.equal(gateway.inFlight.bytes, 0);
    await gateway.stop();
  });

  it('counts what has come, not what was announced: who announces much and sends nothing keeps nobody out', async () => {
    const limit = String(2 * MIB);
    const gateway = await LocalGateway.start({
      TACTUS_GATEWAY_MAX_IN_FLIGHT_TENANT_BYTES: limit,
      TACTUS_GATEWAY_MAX_IN_FLIGHT_BYTES: limit,
    });
    const announcing = Array.from({ length: 4 }, () => connect(gateway.port, '127.0.0.1'));
    for (const socket of announcing)
      socket.write(
        `POST ${PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer key-of-all\r\nX-Scope-OrgID: other\r\nContent-Length: ${MIB}\r\n\r\n[`,
      );
    await until('all of them to be in flight', () => gateway.inFlight.bytes >= announcing.length);
    assert.equal(gateway.inFlight.bytes, announcing.length);
    assert.equal((await gateway.post(PATH, point())).status, 200);
    for (const socket of announcing) socket.destroy();
    await until('nothing to be in flight', () => gateway.inFlight.bytes === 0);
    await gateway.stop();
  });

  it('answers what was begun when it stops, once that is acknowledged', async () => {
    const gateway = await LocalGateway.start({ TACTUS_GATEWAY_LINGER_MS: '1000' });
    const sent = gateway.post(PATH, point());
    await until('the request to be in flight', () => gateway.inFlight.bytes > 0);
    await gateway.stop();
    assert.deepEqual([(await sent).status, gateway.records.length], [200, 1]);
    await assert.rejects(gateway.post(PATH, point()));
  });
});
