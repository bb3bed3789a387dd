import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { LocalGateway } from '../../../support/local-gateway.js';

const NOW = new Date().toISOString();
const AT = Date.parse(NOW);

describe('bodies of events', () => {
  let gateway: LocalGateway;
  before(async () => {
    gateway = await LocalGateway.start();
  });
  after(async () => {
    await gateway.stop();
  });
  beforeEach(() => {
    gateway.records.length = 0;
  });

  it('are CloudEvents in three modes, which make the same event', async () => {
    const event = {
      ...{ specversion: '1.0', type: 'login', source: '/app', id: '1', subject: 'ann', time: NOW },
      data: { ok: true, tries: 2, where: { city: 'Köln' } },
    };
    const batched = [event, { ...event, id: '2' }, { ...event, specversion: '0.3' }];
    const modes: [string, Record<string, string>][] = [
      [JSON.stringify(event), { 'content-type': 'application/cloudevents+json; charset=utf-8' }],
      [JSON.stringify(batched), { 'content-type': 'application/cloudevents-batch+json' }],
      [
        JSON.stringify(event.data),
        {
          ...{ 'ce-specversion': '1.0', 'ce-type': 'login', 'ce-source': '/app', 'ce-id': '1' },
          ...{ 'ce-subject': 'ann', 'ce-time': NOW },
        },
      ],
    ];
    for (const [body, headers] of modes)
      assert.equal((await gateway.post('/api/v1/events', body, headers)).status, 200, body);
    const { events } = gateway;
    assert.equal(events.length, 4);
    const [first, , second] = events;
    assert.deepEqual(events[0], events[1]);
    assert.deepEqual(events[0], events[3]);
    assert.notEqual(first?.id, second?.id);
    assert.deepEqual(
      { ...first, id: '' },
      {
        ...{ id: '', tenantId: 'acme', type: 'login', timestamp: AT, subjectId: 'ann' },
        attributes: { source: '/app', ok: true, tries: 2, where: '{"city":"Köln"}' },
      },
    );
  });

  it("are Segment's calls, alone or in a batch", async () => {
    const track = {
      userId: 7,
      event: 'song_play',
      properties: { song: 'a' },
      messageId: 'm1',
      timestamp: NOW,
    };
    const batch = [
      { ...track, type: 'track', messageId: 'm2' },
      { type: 'page', anonymousId: 'x', name: 'Home', messageId: 'm3' },
      { type: 'sneeze', messageId: 'm4' },
      { ...track, type: 'track', messageId: 'm2' },
    ];
    const headers = { authorization: `Basic ${Buffer.from('key-of-acme:').toString('base64')}` };
    const one = await gateway.post('/v1/track', JSON.stringify(track), headers);
    assert.deepEqual([one.status, one.text], [200, '{"success":true}']);
    const more = await gateway.post('/v1/batch', JSON.stringify({ batch }), headers);
    const { success, rejected } = JSON.parse(more.text) as {
      success: boolean;
      rejected: { index: number }[];
    };
    assert.deepEqual([success, rejected.map(({ index }) => index)], [true, [2]]);
    assert.deepEqual(
      gateway.events.map(({ id, type, subjectId, attributes }) => [id, type, subjectId, attributes]),
      [
        ['m1', 'song_play', '7', { song: 'a' }],
        ['m2', 'song_play', '7', { song: 'a' }],
        ['m3', 'page', 'x', { name: 'Home' }],
      ],
    );
    assert.equal((await gateway.post('/v1/batch', '{"batch":[{"type":"sneeze"}]}', headers)).status, 400);
  });

  it('make the same records when they are sent again, with an Idempotency-Key or a time', async () => {
    const send = async (body: string, headers: Record<string, string> = {}) => {
      await gateway.post('/api/v1/events', body, headers);
      await gateway.post('/api/v1/events', body, headers);
      const ids = gateway.events.map(({ id }) => id);
      gateway.records.length = 0;
      return new Set(ids).size;
    };
    assert.equal(await send('[{"type":"a"},{"type":"a"}]', { 'idempotency-key': 'k' }), 2);
    assert.equal(await send(`{"type":"a","timestamp":"${NOW}"}`), 1);
    assert.equal(await send('{"type":"a"}'), 2);
  });
});

/** A sequence of numbers in [0, 1) that is the same each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Changes some bytes, leaves some out, doubles some. */
function mutated(body: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(body);
  for (let changes = 1 + Math.floor(random() * 8); changes > 0; changes--) {
    const at = Math.floor(random() * bytes.length);
    const length = 1 + Math.floor(random() * 12);
    const kind = Math.floor(random() * 4);
    if (kind === 0) bytes[at] = Math.floor(random() * 256);
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    else
      bytes.fill('{["0-e.,:\\u'.charAt(Math.floor(random() * 11)), at, Math.min(at + length, bytes.length));
  }
  return bytes;
}

describe('1,000 mutated bodies of each format', () => {
  const points = [
    { metric: 'm', value: 1.25, tags: { a: 'b', n: 3 }, timestamp: AT, unit: 'ms', kind: 'delta' },
    { name: 'm', value: -1e10, timestamp: NOW, id: 'x' },
  ];
  const event = { type: 'login', subjectId: 'ann', attributes: { ok: true, n: 1.5, o: [1] }, timestamp: AT };
  const cloud = { specversion: '1.0', type: 'login', source: '/a', id: '1', time: NOW, data: { a: 1 } };
  const call = { type: 'track', userId: 'u', event: 'e', properties: { a: { b: 1 } }, timestamp: NOW };
  const bodies: Record<string, [path: string, body: string, type: string]> = {
    json: ['/api/v1/metrics', JSON.stringify(points), 'application/json'],
    ndjson: ['/api/v1/metrics', points.map((one) => JSON.stringify(one)).join('\n'), 'application/x-ndjson'],
    events: ['/api/v1/events', JSON.stringify([event, event]), 'application/json'],
    cloudevents: ['/api/v1/events', JSON.stringify(cloud), 'application/cloudevents+json'],
    'cloudevents batch': ['/api/v1/events', JSON.stringify([cloud]), 'application/cloudevents-batch+json'],
    'segment track': ['/v1/track', JSON.stringify(call), 'application/json'],
    'segment batch': ['/v1/batch', JSON.stringify({ batch: [call, call] }), 'application/json'],
  };

  for (const [name, [path, body, type]] of Object.entries(bodies))
    it(`are taken or refused, and leave the gateway as it was: ${name}`, async () => {
      const gateway = await LocalGateway.start({ TACTUS_GATEWAY_LINGER_MS: '0' });
      const random = seeded(42);
      const counts = new Map<number, number>();
      for (let round = 0; round < 1_000; round += 20)
        await Promise.all(
          Array.from({ length: 20 }, async () => {
            const { status } = await gateway.post(path, mutated(Buffer.from(body), random), {
              'content-type': type,
            });
            counts.set(status, (counts.get(status) ?? 0) + 1);
          }),
        );
      assert.deepEqual(
        [...counts.keys()].filter((status) => ![200, 400, 403].includes(status)),
        [],
      );
      assert.ok((counts.get(200) ?? 0) > 0 && (counts.get(400) ?? 0) > 0);
      assert.equal((await gateway.post(path, body, { 'content-type': type })).status, 200);
      assert.equal(gateway.inFlight.bytes, 0);
      await gateway.stop();
    });
});
