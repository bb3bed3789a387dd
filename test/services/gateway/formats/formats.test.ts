import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { compressSync } from 'snappy';
import { LocalGateway } from '../../../support/local-gateway.js';
import { encoded } from './messages.js';

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

  it('make the same ids for points of a series in all formats, whatever the tenant', async () => {
    const labels = [
      { name: '__name__', value: 'm' },
      { name: 'a', value: 'b' },
    ];
    const body = encoded('WriteRequest', {
      timeseries: [{ labels, samples: [{ value: 1, timestamp: Date.parse(NOW) }] }],
    });
    const point = { metric: 'm', value: 1, tags: { a: 'b' }, timestamp: NOW };
    gateway.records.length = 0;
    for (const headers of [{}, { authorization: 'Bearer key-of-all', 'x-scope-orgid': 'other' }]) {
      const protobuf = { ...headers, 'content-type': 'application/x-protobuf' };
      assert.equal((await gateway.post('/api/v1/metrics', JSON.stringify(point), headers)).status, 200);
      assert.equal((await gateway.post('/api/v1/write', compressSync(body), protobuf)).status, 204);
    }
    const ids = gateway.points.map(({ tenantId, id }) => [tenantId, id]);
    const [, id] = ids[0] ?? [];
    assert.deepEqual(ids, [
      ['acme', id],
      ['acme', id],
      ['other', id],
      ['other', id],
    ]);
    gateway.records.length = 0;
  });
});
