import type { Anomaly, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import { OutputBatch } from '../../shared/core/output-batch.js';
import type { RecordBatch } from '../../shared/core/record-batch.js';
import { refusalOf } from '../../shared/core/refusal.js';
import type { Refusal, Stage, StateChange, StepResult } from '../../shared/core/stage.js';
import { candidateOf } from '../../shared/detection/candidates.js';
import type { Severity } from '../../shared/detection/detector.js';
import { keepCadence, newCadence } from '../../shared/detection/silence.js';
import type { ValueDecoder, ValueEncoder } from '../../shared/ports/codec.js';
import { recordKey, seriesKey } from '../../shared/wire/series.js';
import type { Watch } from './detection-rules.js';
import { loadGroup, saveGroup } from './joint-entry.js';
import { JointGroups } from './joint-groups.js';
import { entryBytes, loadEntry, saveEntry } from './series-entry.js';
import { type EvictionReason, SeriesStore } from './series-store.js';
import { seriesOf, toAnomaly, toJoint, toSilence } from './to-anomaly.js';

/** Before the keys of groups in the changelog; ingest lets it into no name. */
const GROUP = '\u0001';

/** Of {@link AnomalyState.newest} before the first step, which knows the clock. */
const UNKNOWN = -1;

/** By so much the clock of the machine that a window comes from may be ahead; no series is idle in that time. */
const CLOCKS_APART_MS = 30_000;

/** Windows in a step: what they change is a hundred times as large as they are, and waits in memory for its commit. */
const AT_ONCE = 1_000;

/** Receives what the stage does, for metrics. */
export interface AnomalyObserver {
  scored(score: number): void;
  found(severity: Severity): void;
  /** Of what is no anomaly, and would be one at a higher sensitivity. */
  candidate(): void;
  evicted(reason: EvictionReason): void;
  repeated(): void;
  discarded(): void;
}

export interface AnomalyStageOptions<State> {
  readonly decoder: ValueDecoder<WindowAggregate>;
  readonly encoder: ValueEncoder<Anomaly>;
  readonly observer: AnomalyObserver;
  /** What is watched of a series; its other windows are passed over. Null for nothing. */
  readonly watchOf: (tenantId: string, metric: string) => Watch<State> | null;
  readonly maxSeries: number;
  /** Most groups of metrics that are watched together; 0 watches none. */
  readonly maxGroups: number;
  readonly idleMs: Millis;
}

/** State of one input partition. */
export interface AnomalyState<State> {
  readonly series: SeriesStore<State>;
  readonly groups: JointGroups;
  nextOffset: number;
  /** Latest window start seen that is not ahead of the clock, for the idle time, and how often it moved on. */
  newest: Millis;
  tick: number;
  /** What the series seen last has left behind, for the next one to use. */
  spare: State | undefined;
}

/**
 * Scores a figure of each window against what its series has shown before; `windows` to `anomalies`, and to `state.candidates` with what
 * would be an anomaly at a higher sensitivity, for alert rules that have one.
 * Whenever event time moves on, series that have fallen silent are reported, too.
 *
 * Each series' state goes to the changelog in the step that changed it, so the checkpoint is just
 * the next offset. A window that is not later than the last one of its series is passed over: what
 * is read twice is never learnt twice. An anomaly's id follows from detector, series and window.
 */
export function anomalyStage<State>(options: AnomalyStageOptions<State>): Stage<AnomalyState<State>> {
  const { observer, watchOf } = options;
  return {
    restore: (saved) => ({
      series: new SeriesStore<State>(options.maxSeries, options.idleMs),
      groups: new JointGroups(options.maxGroups),
      nextOffset: saved.checkpoint?.offset ?? 0,
      newest: UNKNOWN,
      tick: 0,
      spare: undefined,
    }),
    recall: (state, change) => recall(state, change, options),
    atOnce: () => AT_ONCE,
    checkpoint: (state) => ({ offset: state.nextOffset, metadata: '' }),
    step(state, batch, now): StepResult<AnomalyState<State>> {
      const latest = now + CLOCKS_APART_MS;
      if (state.newest === UNKNOWN) state.newest = state.series.newest(latest);
      const outputs = new OutputBatch();
      const refusals: Refusal[] = [];
      const touched = new Set<string>();
      const touchedGroups = new Set<string>();
      const write = (anomaly: Anomaly, topics: readonly ('anomalies' | 'state.candidates')[]) => {
        const record = {
          key: recordKey(anomaly.tenantId, anomaly.metric),
          value: options.encoder.encode(anomaly),
        };
        for (const topic of topics) outputs.add({ topic, ...record });
      };
      const report = (anomaly: Anomaly) => {
        observer.found(anomaly.severity);
        write(anomaly, ['anomalies', 'state.candidates']);
      };
      for (let i = 0; i < batch.length; i++) {
        const window = decode(options.decoder, batch, i, refusals);
        const watch = window === null ? null : watchOf(window.tenantId, window.metric);
        if (window === null || watch === null || window.window !== watch.window) continue;
        const identity = seriesKey(window.tenantId, window.metric, window.tags, null);
        const known = state.series.get(identity);
        if (known !== undefined && window.start <= known.lastStart) {
          observer.repeated();
          continue;
        }
        const { detector, closer } = watch;
        const value = watch.value(window);
        const before = known?.state ?? detector.initial();
        const observation = { at: window.start, value };
        const [after, result] = detector.observe(before, observation, state.spare);
        // What is ahead of the clock says nothing about the time of others, who would all be idle.
        const isAhead = window.start > latest;
        const isNewest = !isAhead && window.start > state.newest;
        if (isNewest) {
          state.newest = window.start;
          state.tick++;
        }
        const cadence = known?.cadence ?? newCadence(state.tick);
        keepCadence(cadence, state.tick);
        // What is recorded comes behind the time of the others: its silence shows where it is made of.
        const isSilent = window.recordedBy !== null;
        state.series.set(identity, { state: after, lastStart: window.start, cadence, isSilent });
        // In the order of the running state, so that a restored one forgets the same series.
        touched.delete(identity);
        touched.add(identity);
        observer.scored(result.score);
        if (result.isAnomaly && value !== null)
          report(toAnomaly(detector.name, identity, window, value, result, now));
        else if (value !== null) {
          const candidate = candidateOf(closer, before, observation, result.score);
          if (candidate !== null) {
            observer.candidate();
            write(toAnomaly(detector.name, identity, window, value, candidate, now), ['state.candidates']);
          }
        }
        state.spare = before;
        if (value !== null && options.maxGroups > 0 && !isAhead) {
          const group = GROUP + seriesKey(window.tenantId, '', window.tags, null);
          const odd = state.groups.take(group, window, value);
          touchedGroups.delete(group);
          touchedGroups.add(group);
          if (odd !== null) report(toJoint(group, window, odd, now));
        }
        if (!isNewest) continue;
        for (const [silent, entry] of state.series.fallSilent(state.tick)) {
          touched.delete(silent);
          touched.add(silent);
          const watched = watchOfSeries(silent, options);
          // Its windows may come as ever and be passed over, or have come up to a time that is not yet.
          if (watched === null || entry.lastStart > state.newest) continue;
          const { tick, newest: start } = state;
          report(toSilence(silent, watched.window, entry, { tick, start }, now));
        }
      }
      state.nextOffset = batch.nextOffset;
      const changes = evict(state, touched, observer);
      changes.push(
        ...seriesChanges(state, touched, options),
        ...groupChanges(state, touchedGroups, observer),
      );
      return { state, outputs, refusals, changes };
    },
  };
}

/** What is recalled last was scored last, as when it was evicted from the running state. */
function recall<State>(
  state: AnomalyState<State>,
  { key, value }: StateChange,
  options: AnomalyStageOptions<State>,
): void {
  if (key.startsWith(GROUP)) {
    const group = value === null ? null : loadGroup(value);
    if (group === null) state.groups.delete(key);
    else state.groups.set(key, group);
    return;
  }
  if (value === null) {
    state.series.delete(key);
    return;
  }
  const entry = loadEntry(value);
  // The changelog has a series many times: what was recalled of it before is needed no more.
  const spare = state.series.get(key)?.state;
  const loaded =
    entry === null ? null : watchOfSeries(key, options)?.detector.load(entry.detectorState, spare);
  if (entry === null || loaded === null || loaded === undefined) {
    state.series.delete(key);
    options.observer.discarded();
    return;
  }
  const { lastStart, cadence, isSilent } = entry;
  state.series.set(key, { state: loaded, lastStart, cadence, isSilent });
  state.tick = Math.max(state.tick, cadence.tick);
}

/** Null for a series that is not watched any more. */
function watchOfSeries<State>(identity: string, { watchOf }: AnomalyStageOptions<State>) {
  const { tenantId, metric } = seriesOf(identity);
  return watchOf(tenantId, metric);
}

/** All in one piece of memory: thousands of pieces among the states of the series would leave holes when they are gone. */
function seriesChanges<State>(
  { series }: AnomalyState<State>,
  touched: ReadonlySet<string>,
  options: AnomalyStageOptions<State>,
): StateChange[] {
  const saved = [...touched].flatMap((key) => {
    const [entry, detector] = [series.get(key), watchOfSeries(key, options)?.detector];
    return entry === undefined || detector === undefined ? [] : [{ key, entry, detector }];
  });
  const memory = Buffer.allocUnsafeSlow(saved.reduce((sum, { detector }) => sum + entryBytes(detector), 0));
  let end = 0;
  return saved.map(({ key, entry, detector }) => {
    const at = end;
    end += entryBytes(detector);
    return { key, value: saveEntry(entry, detector, memory.subarray(at, end)) };
  });
}

function groupChanges<State>(
  { groups }: AnomalyState<State>,
  touched: Set<string>,
  observer: AnomalyObserver,
): StateChange[] {
  const gone = groups.takeGone();
  for (const _ of gone) observer.evicted('group');
  // One may be back already.
  const changes: StateChange[] = gone.flatMap((key) =>
    groups.get(key) === undefined ? [{ key, value: null }] : [],
  );
  for (const key of touched) {
    const group = groups.get(key);
    if (group !== undefined) changes.push({ key, value: saveGroup(group) });
  }
  return changes;
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
    refusals.push(refusalOf(error, index));
    return null;
  }
}
