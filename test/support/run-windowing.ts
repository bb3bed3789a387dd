import type { LatePoint, MetricPoint, WindowAggregate } from '../../schemas/types.js';
import { type WindowingOptions, windowingStage } from '../../services/windowing/windowing-stage.js';
import { staticCodecs } from '../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../shared/core/array-batch.js';
import type { Checkpoint } from '../../shared/core/stage.js';
import type { WindowDefinition } from '../../shared/windows/definition.js';

export interface Arrivals {
  readonly now: number;
  readonly points: readonly MetricPoint[];
}

/** What the windowing stage writes for points that arrive at these times, in one partition. */
export function runWindowing(
  definitions: readonly WindowDefinition[],
  steps: readonly Arrivals[],
  limits: Pick<WindowingOptions, 'maxSketchBytesOfTenant'> = {},
): { written: WindowAggregate[]; late: LatePoint[]; checkpoint: Checkpoint } {
  const codecs = staticCodecs();
  const stage = windowingStage({
    definitions: () => definitions,
    ...{
      idleTimeoutMs: 3_000,
      watermarkHoldMs: 600_000,
      maxSeries: 1_000,
      decoder: codecs.decoder('metrics'),
    },
    ...{ windows: codecs.encoder('windows'), late: codecs.encoder('late') },
    ...limits,
  });
  let state = stage.restore({ topic: 'metrics', partition: 0, checkpoint: null, changelog: new Map() });
  const encoder = codecs.encoder('metrics');
  const written: WindowAggregate[] = [];
  const late: LatePoint[] = [];
  let offset = 0;
  for (const { now, points } of steps) {
    const records = points.map((point) => ({ value: encoder.encode(point), timestamp: now }));
    const result = stage.step(state, arrayBatch({ topic: 'metrics', records, baseOffset: offset }), now);
    state = result.state;
    offset += records.length;
    for (const { topic, value } of result.outputs)
      if (topic === 'windows') written.push(codecs.decoder('windows').decode(value));
      else late.push(codecs.decoder('late').decode(value));
  }
  return { written, late, checkpoint: stage.checkpoint(state) };
}
