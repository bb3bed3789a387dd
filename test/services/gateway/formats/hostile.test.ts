import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { describe, it } from 'node:test';
import { compressSync } from 'snappy';
import { RemoteWrite1 } from '../../../../services/gateway/formats/remote-write/version-1.js';
import { type Random, randomOf } from '../../../integrity/random.js';
import { LocalGateway } from '../../../support/local-gateway.js';
import { Collector, NOON } from './collect.js';
import { encoded } from './messages.js';
import { attribute, otlpMessage } from './otlp-message.js';

const NOW = new Date().toISOString();
const AT = Date.parse(NOW);
const NANOS = `${AT}000123`;
const BODIES = 1_000;
const AT_ONCE = 20;

/** Changes some bytes, leaves some out, doubles some, or cuts the rest off. */
function mutated(body: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(body);
  for (let changes = 1 + Math.floor(random() * 8); changes > 0; changes--) {
    const at = Math.floor(random() * bytes.length);
    const length = 1 + Math.floor(random() * 12);
    const kind = Math.floor(random() * 5);
    if (kind === 0) bytes[at] = random() < 0.3 ? 0xff : Math.floor(random() * 256);
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    else if (kind === 3)
      bytes.fill('{["0-e.,:\\u'.charAt(Math.floor(random() * 11)), at, Math.min(at + length, bytes.length));
    else if (random() < 0.2) bytes = bytes.subarray(0, at);
  }
  return bytes;
}

const points = [
  { metric: 'm', value: 1.25, tags: { a: 'b', n: 3 }, timestamp: AT, unit: 'ms', kind: 'delta' },
  { name: 'm', value: -1e10, timestamp: NOW, id: 'x' },
];
const event = { type: 'login', subjectId: 'ann', attributes: { ok: true, n: 1.5, o: [1] }, timestamp: AT };
const cloud = { specversion: '1.0', type: 'login', source: '/a', id: '1', time: NOW, data: { a: 1 } };
const call = { type: 'track', userId: 'u', event: 'e', properties: { a: { b: 1 } }, timestamp: NOW };
const samples = [{ value: 1, timestamp: AT }];
const histograms = [{ countInt: 7, sum: 2, timestamp: AT }];
const metadata = { type: 1, metricFamilyName: 'm', unit: 's' };
const labels = [
  { name: '__name__', value: 'm' },
  { name: 'host', value: 'web-1' },
];
const metrics = otlpMessage();
const logs = {
  resourceLogs: [
    {
      resource: { attributes: [attribute('service.name', 'shop')] },
      scopeLogs: [
        {
          scope: { name: 'lib', version: '1' },
          logRecords: [
            { timeUnixNano: NANOS, severityNumber: 9, body: { stringValue: 'a' }, eventName: 'e' },
            { timeUnixNano: NANOS, attributes: [attribute('a', 'b'), attribute('c', 'd')] },
          ],
        },
      ],
    },
  ],
};
const protobuf = 'application/x-protobuf';
const lines = `m,a=b f=1,g=2i,h="x y" ${NANOS}\nn\\ o,c=d x=t\n# c\np q=1.5e3 ${NANOS}\n`;
/** Path, body, type, and what a mutated one may be answered with. */
const FORMATS: Record<string, [path: string, body: string | Buffer, type: string, allowed: number[]]> = {
  json: ['/api/v1/metrics', JSON.stringify(points), 'application/json', [200, 400, 403]],
  ndjson: [
    ...(['/api/v1/metrics', points.map((one) => JSON.stringify(one)).join('\n')] as const),
    ...(['application/x-ndjson', [200, 400, 403]] as [string, number[]]),
  ],
  events: ['/api/v1/events', JSON.stringify([event, event]), 'application/json', [200, 400, 403]],
  cloudevents: ['/api/v1/events', JSON.stringify(cloud), 'application/cloudevents+json', [200, 400]],
  'cloudevents batch': [
    ...(['/api/v1/events', JSON.stringify([cloud]), 'application/cloudevents-batch+json'] as const),
    [200, 400],
  ],
  'segment track': ['/v1/track', JSON.stringify(call), 'application/json', [200, 400]],
  'segment batch': ['/v1/batch', JSON.stringify({ batch: [call, call] }), 'application/json', [200, 400]],
  'remote write 1.0': [
    '/api/v1/write',
    encoded('WriteRequest', {
      timeseries: [
        { labels, samples, histograms },
        { labels, samples },
      ],
      metadata: [metadata],
    }),
    protobuf,
    // A block of snappy begins with the size that it unpacks to.
    [204, 400, 413],
  ],
  'remote write 2.0': [
    '/api/v1/write',
    encoded('Request', {
      symbols: ['', '__name__', 'm', 'a', 'b'],
      timeseries: [1, 2].map(() => ({
        labelsRefs: [1, 2, 3, 4],
        samples,
        histograms,
        metadata: { type: 1, unitRef: 4 },
      })),
    }),
    `${protobuf};proto=io.prometheus.write.v2.Request`,
    [204, 400, 413],
  ],
  'otlp metrics': ['/v1/metrics', encoded('ExportMetrics', metrics), protobuf, [200, 400]],
  'otlp metrics json': ['/v1/metrics', JSON.stringify(metrics), 'application/json', [200, 400]],
  'otlp logs': ['/v1/logs', encoded('ExportLogs', logs), protobuf, [200, 400]],
  'otlp logs json': ['/v1/logs', JSON.stringify(logs), 'application/json', [200, 400]],
  'line protocol 1': ['/write', lines, 'text/plain', [204, 400]],
  'line protocol 2': ['/api/v2/write?precision=ns', lines, 'text/plain', [204, 400]],
};

describe(`${BODIES} mutated bodies of each format`, () => {
  for (const [name, [path, body, type, allowed]] of Object.entries(FORMATS))
    it(`are taken or refused, and leave the gateway as it was: ${name}`, async (test) => {
      const gateway = await LocalGateway.start({ TACTUS_GATEWAY_LINGER_MS: '0' });
      const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
      const isSnappy = path === '/api/v1/write';
      const random = randomOf(42);
      const whole = Buffer.from(body);
      const headers = { 'content-type': type };
      // A fifth of what is packed is changed when it is.
      const next = () =>
        !isSnappy
          ? mutated(whole, random)
          : random() < 0.2
            ? mutated(compressSync(whole), random)
            : compressSync(mutated(whole, random));
      const counts = new Map<number, number>();
      for (let round = 0; round < BODIES; round += AT_ONCE)
        await Promise.all(
          Array.from({ length: AT_ONCE }, async () => {
            const { status } = await gateway.post(path, next(), headers, agent);
            counts.set(status, (counts.get(status) ?? 0) + 1);
          }),
        );
      test.diagnostic(
        `${name}: ${[...counts]
          .sort()
          .map(([status, count]) => `${count} x ${status}`)
          .join(', ')}`,
      );
      assert.deepEqual(
        [...counts.keys()].filter((status) => !allowed.includes(status)),
        [],
      );
      assert.ok((counts.get(allowed[0] as number) ?? 0) > 0 && (counts.get(400) ?? 0) > 0);
      const answer = await gateway.post(path, isSnappy ? compressSync(whole) : whole, headers, agent);
      // Points of OTLP's example are older than any that are let in, and the lines have a text: refused, but read.
      assert.ok(allowed.includes(answer.status));
      assert.equal(gateway.inFlight.bytes, 0);
      agent.destroy();
      await gateway.stop();
    });
});

describe('JSON that is small as text and large in memory', () => {
  it('is refused before it is read', async () => {
    const gateway = await LocalGateway.start();
    for (const [body, type] of [
      [`[${'{},'.repeat(2_100_000)}{}]`, 'application/json'],
      [`${'['.repeat(4_200_000)}`, 'application/json'],
      [`[${'1,'.repeat(600_000)}1]`, 'application/json'],
      ['1\n'.repeat(600_000), 'application/x-ndjson'],
    ] as const) {
      const answer = await gateway.post('/api/v1/metrics', body, { 'content-type': type });
      assert.equal(answer.status, 413, answer.text.slice(0, 200));
      assert.match(answer.text, /TACTUS_BODY_TOO_LARGE/);
    }
    assert.equal((await gateway.post('/v1/metrics', `[${'{},'.repeat(2_100_000)}{}]`)).status, 413);
    assert.equal(gateway.inFlight.bytes, 0);
    await gateway.stop();
  });
});

const MARK = 'new-00000';
const idOf = (number: number) => `new-${String(number).padStart(5, '0')}`;

describe('100,000 new series', () => {
  it('take no more memory than the cache may have, and the old ones stay right', () => {
    const limit = 2 ** 22;
    const collector = new Collector(limit);
    const decoder = new RemoteWrite1();
    // Encoded once; then only the digits of a label are other ones.
    const body = encoded('WriteRequest', {
      timeseries: Array.from({ length: 1_000 }, (_, i) => ({
        labels: [...labels, { name: 'id', value: MARK }],
        samples: [{ value: i, timestamp: NOON }],
      })),
    });
    const places: number[] = [];
    for (let at = body.indexOf(MARK); at >= 0; at = body.indexOf(MARK, at + 1)) places.push(at);
    const counts = { samplesLeftOut: 0, histogramsLeftOut: 0 };
    const send = (from: number) => {
      for (const [i, at] of places.entries()) body.write(idOf(from + i), at, 'latin1');
      return collector.decode((decoding) => decoder.decode(body, decoding, counts)).points;
    };
    for (let from = 0; from < 100_000; from += 1_000) {
      const points = send(from);
      assert.equal(points.length, 1_000);
      assert.equal(points[999]?.tags.id, idOf(from + 999));
      assert.ok(collector.cache.bytes <= limit, `${collector.cache.bytes} bytes after ${from}`);
    }
    const evicted = [...collector.cache.counts.values()].reduce((sum, counts) => sum + counts.evicted, 0);
    assert.ok(evicted > 50_000);
    assert.deepEqual(
      send(0).map(({ tags }) => tags.id),
      Array.from({ length: 1_000 }, (_, i) => idOf(i)),
    );
  });
});
