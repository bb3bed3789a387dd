import { createHash } from 'node:crypto';
import type { Anomaly, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import { TactusError } from '../../shared/core/errors.js';
import { OutputBatch } from '../../shared/core/output-batch.js';
import type { RecordBatch } from '../../shared/core/record-batch.js';
import type { Refusal, Stage, StateChange, StepResult } from '../../shared/core/stage.js';
import type { Detector, Severity, Verdict } from '../../shared/detection/detector.js';
import { explain } from '../../shared/detection/explain.js';
import type { ValueDecoder, ValueEncoder } from '../../shared/ports/codec.js';
import { seriesKey } from '../../shared/windows/series.js';
import { type EvictionReason, loadEntry, SeriesStore, saveEntry } from './series-store.js';

/** Is told what the stage does, for metrics. */
export interface AnomalyObserver {
  scored(score: number): void;
  found(severity: Severity): void;
  evicted(reason: EvictionReason): void;
  repeated(): void;
  discarded(): void;
}

export interface AnomalyStageOptions<State> {
  readonly decoder: ValueDecoder<WindowAggregate>;
  readonly encoder: ValueEncoder<Anomaly>;
  readonly detector: Detector<State>;
  readonly observer: AnomalyObserver;
  /** Name of the window definition that is scored; windows of others are passed over. */
  readonly window: string;
  readonly maxSeries: number;
  readonly idleMs: Millis;
}

/** State of one input partition. */
export interface AnomalyState<State> {
  readonly series: SeriesStore<State>;
  nextOffset: number;
  /** Latest window start seen, for the idle time. */
  newest: Millis;
}

/**
 * Scores the mean of each window against what its series has shown before; `windows` to `anomalies`.
 *
 * Each series' state goes to the changelog in the step that changed it, so the checkpoint is just
 * the next offset. A window that is not later than the last one of its series is passed over: what
 * is read twice is never learnt twice. An anomaly's id follows from detector, series and window.
 */
export function anomalyStage<State>(options: AnomalyStageOptions<State>): Stage<AnomalyState<State>> {
  const { detector, observer } = options;
  return {
    restore: (saved) => ({
      series: new SeriesStore<State>(options.maxSeries, options.idleMs),
      nextOffset: saved.checkpoint?.offset ?? 0,
      newest: 0,
    }),
    recall: (state, change) => recall(state, change, options),
    checkpoint: (state) => ({ offset: state.nextOffset, metadata: '' }),
    step(state, batch, now): StepResult<AnomalyState<State>> {
      const outputs = new OutputBatch();
      const refusals: Refusal[] = [];
      const touched = new Set<string>();
      for (let i = 0; i < batch.length; i++) {
        const window = decode(options.decoder, batch, i, refusals);
        if (window === null || window.window !== options.window) continue;
        const identity = seriesKey(window.tenantId, window.metric, window.tags, null);
        const known = state.series.get(identity);
        if (known !== undefined && window.start <= known.lastStart) {
          observer.repeated();
          continue;
        }
        const before = known?.state ?? detector.initial();
        const [after, verdict] = detector.observe(before, { at: window.start, value: window.mean });
        state.series.set(identity, { state: after, lastStart: window.start });
        state.newest = Math.max(state.newest, window.start);
        // In the order of the running state, so that a restored one forgets the same series.
        touched.delete(identity);
        touched.add(identity);
        observer.scored(verdict.score);
        if (!verdict.isAnomaly) continue;
        observer.found(verdict.severity);
        const anomaly = toAnomaly(detector.name, identity, window, verdict, now);
        outputs.add({
          topic: 'anomalies',
          key: `${window.tenantId}|${window.metric}`,
          value: options.encoder.encode(anomaly),
        });
      }
      state.nextOffset = batch.nextOffset;
      const changes = evict(state, touched, observer);
      for (const identity of touched) {
        const entry = state.series.get(identity);
        if (entry !== undefined)
          changes.push({ key: identity, value: saveEntry(entry.lastStart, detector.save(entry.state)) });
      }
      return { state, outputs, refusals, changes };
    },
  };
}

/** What is recalled last was scored last, as when it was evicted from the running state. */
function recall<State>(
  state: AnomalyState<State>,
  { key, value }: StateChange,
  { detector, observer }: AnomalyStageOptions<State>,
): void {
  if (value === null) {
    state.series.delete(key);
    return;
  }
  const entry = loadEntry(value);
  const loaded = entry === null ? null : detector.load(entry.detectorState);
  if (entry === null || loaded === null) {
    state.series.delete(key);
    observer.discarded();
    return;
  }
  state.series.set(key, { state: loaded, lastStart: entry.lastStart });
  state.newest = Math.max(state.newest, entry.lastStart);
}

/** Tombstones for what is forgotten; a series can be forgotten in the step that brought it. */
function evict<State>(
  state: AnomalyState<State>,
  touched: Set<string>,
  observer: AnomalyObserver,
): StateChange[] {
  return state.series.evict(state.newest).map(({ identity, reason }) => {
    observer.evicted(reason);
    touched.delete(identity);
    return { key: identity, value: null };
  });
}

function decode<T>(
  decoder: ValueDecoder<T>,
  batch: RecordBatch,
  index: number,
  refusals: Refusal[],
): T | null {
  try {
    return decoder.decode(batch.value(index));
  } catch (error) {
    if (!(error instanceof TactusError)) throw error;
    refusals.push({ index, code: error.code, message: error.message });
    return null;
  }
}

function toAnomaly(
  detector: string,
  identity: string,
  window: WindowAggregate,
  verdict: Verdict,
  now: Millis,
): Anomaly {
  const { tenantId, metric, tags, start, end, mean } = window;
  const { expected, lower, upper, score, severity } = verdict;
  const id = createHash('sha256')
    .update(JSON.stringify([detector, window.window, identity, start]))
    .digest('hex')
    .slice(0, 32);
  return {
    id,
    tenantId,
    metric,
    tags,
    detector: verdict.reason?.parts.join('+') ?? detector,
    window: window.window,
    start,
    end,
    value: mean,
    expected,
    lower,
    upper,
    score,
    severity,
    explanation: explain(start, mean, verdict),
    detectedAt: now,
  };
}
