import type { Anomaly, WindowAggregate } from '../../../schemas/types.js';
import { type AnomalyState, anomalyStage } from '../../../services/anomaly/anomaly-stage.js';
import { type DetectionRule, type Factors, watches } from '../../../services/anomaly/detection-rules.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import type { StateChange, StepResult } from '../../../shared/core/stage.js';
import { ensemble } from '../../../shared/detection/ensemble.js';
import type { StateBytes } from '../../../shared/detection/parts/series-state.js';
import { WALL } from '../../shared/alerting/helpers.js';

export type State = AnomalyState<StateBytes>;

const codecs = staticCodecs();
export const windowEncoder = codecs.encoder('windows');
const anomalyDecoder = codecs.decoder('anomalies');

export const REST: DetectionRule = {
  ...{ metrics: '*', tenants: '*', window: '10s', field: 'mean', sensitivity: 1, above: null, below: null },
};

export function setUp(
  limits: { maxSeries?: number; maxGroups?: number; idleMs?: number } = {},
  rules: Partial<DetectionRule> | readonly DetectionRule[] = {},
  factors?: Factors,
) {
  const seen = {
    scored: 0,
    candidates: 0,
    repeated: 0,
    discarded: 0,
    found: [] as string[],
    evicted: [] as string[],
  };
  const stage = anomalyStage({
    decoder: codecs.decoder('windows'),
    encoder: codecs.encoder('anomalies'),
    watchOf: watches(
      Array.isArray(rules) ? rules : [{ ...REST, ...rules }],
      ({ sensitivity, ...limits }) => ensemble({ sensitivity, limits }),
      factors,
    ),
    observer: {
      scored: () => seen.scored++,
      candidate: () => seen.candidates++,
      repeated: () => seen.repeated++,
      discarded: () => seen.discarded++,
      found: (severity) => seen.found.push(severity),
      evicted: (reason) => seen.evicted.push(reason),
    },
    maxSeries: limits.maxSeries ?? 1_000,
    maxGroups: limits.maxGroups ?? 0,
    idleMs: limits.idleMs ?? 86_400_000,
  });
  return { stage, seen };
}

export type Stage = ReturnType<typeof setUp>['stage'];

export function step(stage: Stage, state: State, windows: readonly WindowAggregate[], baseOffset = 0) {
  const records = windows.map((window) => ({ value: windowEncoder.encode(window) }));
  return stage.step(state, arrayBatch({ topic: 'windows', records, baseOffset }), WALL);
}

/** A state as it is after a restart with this changelog. */
export function fresh(stage: Stage, changelog: readonly StateChange[] = []): State {
  const state = stage.restore({ topic: 'windows', partition: 0, checkpoint: null, changelog: new Map() });
  for (const change of changelog) stage.recall?.(state, change);
  return state;
}

export function anomaliesOf(result: StepResult<State>): Anomaly[] {
  return outputsOf(result, 'anomalies');
}

export function outputsOf(result: StepResult<State>, topic: 'anomalies' | 'state.candidates'): Anomaly[] {
  return [...result.outputs]
    .filter((output) => output.topic === topic)
    .map(({ value }) => anomalyDecoder.decode(value));
}
