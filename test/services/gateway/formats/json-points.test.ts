import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { LocalGateway } from '../../../support/local-gateway.js';

const PATH = '/api/v1/metrics';
/** Has what keys and lengths are made of, and what UTF-8 and UTF-16 count otherwise. */
const TEXT = fc.string({ unit: fc.constantFrom('1', '2', ' ', 'a', '-', '|', 'ö', '€', '😀'), maxLength: 6 });
const NAME = TEXT.filter((text) => text !== '');
const TAG = fc.oneof(TEXT, fc.integer(), fc.boolean());
const GIVEN_ID = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 2 });

describe('points as JSON', () => {
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

  it('are written as they were sent, of whatever series, each id once', async () => {
    const now = Date.now();
    const item = fc.record(
      {
        metric: NAME,
        value: fc.oneof(fc.double({ noNaN: true, min: -1e150, max: 1e150 }), fc.constant('1')),
        tags: fc.dictionary(NAME, TAG, { maxKeys: 3 }),
        timestamp: fc.constantFrom(now, now - 1, 1),
        id: GIVEN_ID,
        unit: fc.oneof(TEXT, fc.constant(null)),
        kind: fc.constantFrom('gauge', 'delta', 'cumulative', 'other'),
      },
      { requiredKeys: ['metric', 'value'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 20 }), async (items) => {
        gateway.records.length = 0;
        const { text: body } = await gateway.post(PATH, JSON.stringify(items));
        const ids = new Set<string>();
        let duplicates = 0;
        const refused: number[] = [];
        const expected = items.flatMap((one, i) => {
          const { metric, value, tags = {}, timestamp, id, unit = null, kind = 'gauge' } = one;
          const isRead = typeof value === 'number' && kind !== 'other';
          if (isRead && id !== undefined && ids.has(id)) {
            duplicates += 1;
            return [];
          }
          if (!isRead || timestamp === 1) {
            refused.push(i);
            return [];
          }
          if (id !== undefined) ids.add(id);
          const texts = Object.fromEntries(Object.entries(tags).map(([name, tag]) => [name, String(tag)]));
          return [{ metric, value: value === 0 ? 0 : value, tags: texts, unit, kind, id: id ?? null }];
        });
        const answer = JSON.parse(body) as {
          accepted: number;
          duplicates: number;
          rejected: { index: number }[];
        };
        assert.deepEqual(
          [answer.accepted, answer.duplicates, answer.rejected.map(({ index }) => index)],
          [expected.length, duplicates, refused],
        );
        const written = gateway.points.map(({ metric, value, tags, unit, kind, id }) => ({
          ...{ metric, value: value === 0 ? 0 : value, tags: { ...tags }, unit, kind },
          id: id.length > 4 ? null : id,
        }));
        assert.deepEqual(written, expected);
      }),
      { numRuns: 200 },
    );
  });

  it('of several times in a millisecond have an id each, and the same one in seconds and in milliseconds', async () => {
    const start = Math.floor(Date.now() / 1_000);
    const millis = Array.from({ length: 1_000 }, (_, i) => i);
    const times = millis.map((i) => Number(`${start}.${String(i).padStart(3, '0')}`));
    const point = (timestamp: number | string): object => ({ metric: 'm', value: 1, timestamp });
    await gateway.post(PATH, JSON.stringify(times.map((time) => point(time))));
    assert.deepEqual(
      gateway.points.map(({ timestamp }) => timestamp),
      millis.map((i) => start * 1_000 + i),
    );
    const inSeconds = gateway.points.map(({ id }) => id);
    gateway.records.length = 0;
    await gateway.post(PATH, JSON.stringify(millis.map((i) => point(start * 1_000 + i))));
    assert.deepEqual(
      gateway.points.map(({ id }) => id),
      inSeconds,
    );
    const finer = [`${start}.000001`, `${start}.000002`, `${start}.000999`, `${start}`];
    for (const [path, item] of [
      [PATH, point],
      ['/api/v1/events', (timestamp: string): object => ({ type: 'play', timestamp })],
    ] as const) {
      gateway.records.length = 0;
      await gateway.post(path, JSON.stringify(finer.map((time) => item(time))));
      const made = path === PATH ? gateway.points : gateway.events;
      assert.equal(new Set(made.map(({ id }) => id)).size, finer.length, path);
      assert.ok(made.every(({ timestamp }) => timestamp === start * 1_000));
    }
  });

  it('may have an id again that was refused before in the request, and the same id for two tenants', async () => {
    const point = (change: object) => ({ metric: 'm', value: 1, id: 'same', ...change });
    const items = [
      point({ tenantId: 'other', timestamp: 1 }),
      point({ tenantId: 'acme' }),
      point({ tenantId: 'other' }),
      point({ tenantId: 'acme', value: 2 }),
      point({ tenantId: 'bad|name' }),
      point({ tenantId: 'other', id: 'i'.repeat(257) }),
    ];
    const headers = { authorization: 'Bearer key-of-all' };
    const { status, text: body } = await gateway.post(PATH, JSON.stringify(items), headers);
    assert.equal(status, 200, body);
    const { accepted, duplicates, rejected } = JSON.parse(body);
    assert.deepEqual(
      [accepted, duplicates, rejected.map(({ index, code }: Record<string, unknown>) => [index, code])],
      [
        2,
        1,
        [
          [0, 'TACTUS_TIMESTAMP_OUT_OF_RANGE'],
          [4, 'TACTUS_FIELD_BAD_CHARACTER'],
          [5, 'TACTUS_FIELD_TOO_LONG'],
        ],
      ],
    );
    assert.deepEqual(gateway.points.map(({ tenantId, id, value }) => [tenantId, id, value]).sort(), [
      ['acme', 'same', 1],
      ['other', 'same', 1],
    ]);
  });

  it('have the ids of their request where that has a key, and others each time without a time', async () => {
    const body = JSON.stringify([
      { metric: 'm', value: 1 },
      { metric: 'm', value: 2 },
    ]);
    await gateway.post(PATH, body, { 'idempotency-key': 'k' });
    await gateway.post(PATH, body, { 'idempotency-key': 'k' });
    assert.deepEqual(
      gateway.points.map(({ id }) => id),
      ['k#0', 'k#1', 'k#0', 'k#1'],
    );
    await gateway.post(PATH, body);
    await gateway.post(PATH, body);
    assert.equal(new Set(gateway.points.map(({ id }) => id)).size, 6);
  });
});
