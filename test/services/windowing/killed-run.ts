import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LatePoint, MetricPoint, WindowAggregate } from '../../../schemas/types.js';
import type { WindowingState } from '../../../services/windowing/windowing-stage.js';
import { fixedSchemas, staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { AvroDecoder, AvroEncoder } from '../../../shared/adapters/avro/value-codec.js';
import { keptVersions } from '../../../shared/catalog/versions.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import type { AvroSchema } from '../../../shared/core/avro-schema.js';
import type { Checkpoint, Stage } from '../../../shared/core/stage.js';
import { START } from '../../support/point.js';

/*
 * Runs the windowing stage over a log, with kills at any checkpoint.
 */

const codecs = staticCodecs();
const windows = codecs.decoder('windows');
const lates = codecs.decoder('late');
const [first, today] = keptVersions('metric-point').map(({ schema }) => schema) as [AvroSchema, AvroSchema];
const encoders = [new AvroEncoder<MetricPoint>(first, 1), new AvroEncoder<MetricPoint>(today, 2)] as const;
const schemas = fixedSchemas(
  new Map([
    [1, first],
    [2, today],
  ]),
);

/** For a stage that reads points of both layouts. */
export const stageCodecs = {
  decoder: new AvroDecoder<MetricPoint>(today, schemas),
  windows: codecs.encoder('windows'),
  late: codecs.encoder('late'),
};

export interface Sent {
  readonly point: MetricPoint;
  readonly arrival: number;
  readonly schema: 0 | 1;
}

export interface Results {
  readonly windows: WindowAggregate[];
  readonly late: LatePoint[];
}

export interface Plan {
  readonly size: number;
  readonly commit: boolean;
  readonly kill: boolean;
}

/** What is committed of a log that is read in pieces, by owners that are killed now and then. */
export function run(log: readonly Sent[], plan: readonly Plan[], stage: Stage<WindowingState>): Results {
  const committed: Results = { windows: [], late: [] };
  const changelog = new Map<string, Buffer>();
  let checkpoint: Checkpoint | null = null;
  const restore = () => stage.restore({ topic: 'metrics', partition: 0, checkpoint, changelog });
  let state: WindowingState = restore();
  let pending: Results = { windows: [], late: [] };
  let changes = new Map<string, Buffer | null>();
  let at = 0;
  const step = (to: number, now: number) => {
    const records = log.slice(at, to).map(({ point, arrival, schema }) => ({
      value: encoders[schema].encode(point),
      timestamp: START + arrival,
    }));
    const batch = arrayBatch({ topic: 'metrics', records, baseOffset: at });
    const result = stage.step(state, batch, START + now);
    assert.deepEqual(result.refusals, []);
    for (const { topic, value } of result.outputs)
      if (topic === 'late') pending.late.push(lates.decode(value));
      else pending.windows.push(windows.decode(value));
    for (const { key, value } of result.changes ?? []) changes.set(key, value);
    at = to;
  };
  const commit = () => {
    checkpoint = stage.checkpoint(state);
    for (const [key, value] of changes) value === null ? changelog.delete(key) : changelog.set(key, value);
    committed.windows.push(...pending.windows);
    committed.late.push(...pending.late);
    pending = { windows: [], late: [] };
    changes = new Map();
  };
  const kill = () => {
    pending = { windows: [], late: [] };
    changes = new Map();
    state = restore();
    at = checkpoint?.offset ?? 0;
    if (state.next > at) step(state.next, log[state.next - 1]?.arrival ?? 0);
  };
  for (const { size, commit: commits, kill: kills } of plan) {
    step(Math.min(log.length, at + size), log[Math.min(log.length, at + size) - 1]?.arrival ?? 0);
    if (commits) commit();
    if (kills) kill();
  }
  step(log.length, log.at(-1)?.arrival ?? 0);
  commit();
  return committed;
}

export const plans = fc.array(
  fc.record({ size: fc.integer({ min: 0, max: 40 }), commit: fc.boolean(), kill: fc.boolean() }),
  { maxLength: 14 },
);

/** Results in an order that restarts do not change. */
export function sorted({ windows: all, late }: Results): object {
  return {
    windows: all.map(({ emittedAt: _, ...rest }) => JSON.stringify(rest)).sort(),
    late: late.map((one) => JSON.stringify(one)).sort(),
  };
}

const MISSED = new WeakMap<readonly LatePoint[], ReadonlySet<string>>();

/** The windows that a late point missed, `<point> <window> <start>`, and `<point> <window>`; asked for with each window of a run. */
export function missedOf(late: readonly LatePoint[]): ReadonlySet<string> {
  const known = MISSED.get(late);
  if (known !== undefined) return known;
  const all = new Set<string>();
  for (const { point, missed } of late)
    for (const { window, start } of missed)
      all.add(`${point.id} ${window} ${start}`).add(`${point.id} ${window}`);
  MISSED.set(late, all);
  return all;
}
