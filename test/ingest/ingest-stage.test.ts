import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MetricPoint } from '../../schemas/types.js';
import { ingestStage } from '../../services/ingest/ingest-stage.js';
import { checkPoint, type Limits } from '../../services/ingest/policy.js';
import { RecentIds } from '../../services/ingest/recent-ids.js';
import { staticCodecs } from '../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../shared/core/array-batch.js';
import type { Checkpoint } from '../../shared/core/stage.js';

const NOW = 1_700_000_000_000;
const WINDOW_MS = 600_000;
const limits: Limits = { maxFutureMs: 600_000, maxAgeMs: 86_400_000, maxValueBytes: 4_096, maxTags: 3 };
const codecs = staticCodecs();
const encoder = codecs.encoder('ingest.metrics');

function point(change: Partial<MetricPoint> = {}): MetricPoint {
  return {
    tenantId: 't',
    metric: 'm',
    tags: {},
    timestamp: NOW,
    value: 1,
    id: 'i',
    unit: null,
    source: null,
    ...change,
  };
}

function worker(windowMs = WINDOW_MS, maxIds = 1_000) {
  const decoder = codecs.decoder('ingest.metrics');
  const recentIds = new RecentIds(windowMs, maxIds);
  const stage = ingestStage({
    output: 'metrics',
    decoder,
    limits,
    check: checkPoint,
    keyOf: ({ tenantId, metric }) => `${tenantId}|${metric}`,
    recentIds,
    dedupWindowMs: windowMs,
  });
  const open = (partition: number, checkpoint: Checkpoint | null = null) =>
    stage.restore({ topic: 'ingest.metrics', partition, checkpoint, changelog: new Map() });
  return { stage, open, recentIds };
}

function batch(points: readonly MetricPoint[], baseOffset = 0, arrivals?: readonly number[]) {
  const records = points.map((each, i) => ({ value: encoder.encode(each), timestamp: arrivals?.[i] ?? NOW }));
  return arrayBatch({ topic: 'ingest.metrics', records, baseOffset });
}

describe('ingest stage', () => {
  it('forwards the bytes that came, under the key of the contract', () => {
    const { stage, open } = worker();
    const input = batch([point({ tags: { b: '1', a: '2' } })]);
    const { outputs } = stage.step(open(0), input, NOW);
    assert.deepEqual(
      [...outputs].map(({ topic, key, value }) => ({
        topic,
        key: key?.toString(),
        same: value.equals(input.value(0) as Buffer),
      })),
      [{ topic: 'metrics', key: 't|m', same: true }],
    );
  });

  const refusals: [string, Partial<MetricPoint>, string][] = [
    ['an empty tenant', { tenantId: '' }, 'TACTUS_FIELD_EMPTY'],
    ['a tenant with the separator of keys', { tenantId: 'a|b' }, 'TACTUS_FIELD_BAD_CHARACTER'],
    ['an empty metric', { metric: '' }, 'TACTUS_FIELD_EMPTY'],
    ['an empty id', { id: '' }, 'TACTUS_FIELD_EMPTY'],
    ['a metric of 257 characters', { metric: 'x'.repeat(257) }, 'TACTUS_FIELD_TOO_LONG'],
    ['a control character', { metric: 'a\u0000b' }, 'TACTUS_FIELD_BAD_CHARACTER'],
    ['too many tags', { tags: { a: '', b: '', c: '', d: '' } }, 'TACTUS_TAGS_TOO_MANY'],
    ['an empty tag name', { tags: { '': 'x' } }, 'TACTUS_FIELD_EMPTY'],
    ['NaN', { value: Number.NaN }, 'TACTUS_VALUE_NOT_FINITE'],
    ['infinity', { value: Number.POSITIVE_INFINITY }, 'TACTUS_VALUE_NOT_FINITE'],
    ['a time too far ahead', { timestamp: NOW + 600_001 }, 'TACTUS_TIMESTAMP_OUT_OF_RANGE'],
    ['a time too long ago', { timestamp: NOW - 86_400_001 }, 'TACTUS_TIMESTAMP_OUT_OF_RANGE'],
    ['a value over the limit', { unit: 'x'.repeat(5_000) }, 'TACTUS_RECORD_TOO_LARGE'],
  ];
  for (const [title, change, code] of refusals) {
    it(`refuses ${title} with ${code} and lets the others through`, () => {
      const { stage, open } = worker();
      const result = stage.step(open(0), batch([point({ id: '1' }), point(change), point({ id: '2' })]), NOW);
      assert.deepEqual(
        result.refusals.map((each) => [each.index, each.code]),
        [[1, code]],
      );
      assert.equal(result.outputs.length, 2);
    });
  }

  it('names field, value and what is allowed', () => {
    const { stage, open } = worker();
    const { refusals: found } = stage.step(open(0), batch([point({ tenantId: '' })]), NOW);
    assert.equal(found[0]?.message, 'tenantId is ""; allowed is 1 to 256 characters');
  });

  it('drops a duplicate inside the window and accepts it after', () => {
    const { stage, open } = worker();
    const arrivals = [NOW, NOW + WINDOW_MS, NOW + WINDOW_MS + 1];
    const { outputs } = stage.step(open(0), batch([point(), point(), point()], 0, arrivals), NOW);
    assert.equal(outputs.length, 2);
  });

  it('tells ids of different tenants apart', () => {
    const { stage, open } = worker();
    assert.equal(stage.step(open(0), batch([point(), point({ tenantId: 'u' })]), NOW).outputs.length, 2);
  });

  it('drops a duplicate that came in another partition of the same process', () => {
    const { stage, open } = worker();
    assert.equal(stage.step(open(0), batch([point()]), NOW).outputs.length, 1);
    assert.equal(stage.step(open(1), batch([point()]), NOW).outputs.length, 0);
  });

  it('lets each id through once, whenever it is restarted', () => {
    const ids = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(ids, fc.nat(), fc.integer({ min: 1, max: 60_000 }), (numbers, cut, gap) => {
        const points = numbers.map((id) => point({ id: String(id) }));
        const arrivals = numbers.map((_, i) => NOW + i * gap);
        const slice = (from: number, to: number) =>
          batch(points.slice(from, to), from, arrivals.slice(from, to));
        const once = worker();
        const whole = once.stage.step(once.open(0), slice(0, points.length), NOW).outputs;
        const at = cut % (points.length + 1);
        const before = worker();
        const state = before.open(0);
        const first = before.stage.step(state, slice(0, at), NOW).outputs;
        const checkpoint = before.stage.checkpoint(state);
        const after = worker();
        const restored = after.open(0, checkpoint);
        const second = after.stage.step(restored, slice(checkpoint.offset, points.length), NOW).outputs;
        assert.deepEqual(
          [...first, ...second].map(({ value }) => value.toString('hex')),
          [...whole].map(({ value }) => value.toString('hex')),
        );
      }),
    );
  });

  it('rather repeats than loses a point whose duplicate was dropped elsewhere before a restart', () => {
    const before = worker();
    const [zero, one] = [before.open(0), before.open(1)];
    before.stage.step(zero, batch([point()]), NOW);
    before.stage.step(one, batch([point()], 7), NOW);
    // Partition 1 has committed, partition 0 has not when the process is killed.
    const checkpoint = before.stage.checkpoint(one);
    const after = worker();
    after.stage.step(after.open(1, checkpoint), batch([point()], 7), NOW);
    assert.equal(after.stage.step(after.open(0), batch([point()]), NOW).outputs.length, 1);
  });

  it('forgets the oldest ids at the bound and counts them', () => {
    const { stage, open, recentIds } = worker(WINDOW_MS, 10);
    const many = Array.from({ length: 25 }, (_, i) => point({ id: String(i) }));
    stage.step(open(0), batch(many), NOW);
    assert.equal(recentIds.size, 10);
    assert.equal(recentIds.evicted, 15);
  });
});
