import { Counter, Gauge, type Registry, Summary } from 'prom-client';
import type { Millis } from '../../shared/core/clock.js';
import type { Stage } from '../../shared/core/stage.js';
import type { ReloadOutcome } from '../../shared/process/followed-value.js';
import { countedByTenant } from '../../shared/process/tenant-counter.js';
import type { SkipReason } from '../../shared/windows/counters.js';
import type { MemberSkip } from '../../shared/windows/members.js';
import type { WindowingState } from './windowing-stage.js';

const REPORT_EVERY_MS = 1_000;

/** Wraps the stage so that its state shows on `/metrics`; the stage itself knows nothing of it. */
export function observed(stage: Stage<WindowingState>, register: Registry): Stage<WindowingState> {
  const registers = [register];
  const labelNames = ['partition'] as const;
  const delay = new Gauge({
    name: 'tactus_watermark_delay_seconds',
    help: 'Wall clock less the stream time of a partition',
    labelNames,
    registers,
  });
  const held = new Gauge({
    name: 'tactus_open_aggregates',
    help: 'Aggregates held in open panes and sessions, over all definitions',
    labelNames,
    registers,
  });
  const series = new Gauge({
    name: 'tactus_known_series',
    help: 'Series with points in open windows, and those not yet swept out',
    labelNames,
    registers,
  });
  const bytes = new Gauge({
    name: 'tactus_windowing_state_bytes',
    help: 'Memory that panes, sessions and series of a partition take, estimated',
    labelNames,
    registers,
  });
  const spellings = new Gauge({
    name: 'tactus_series_spellings',
    help: 'Orders of tags that series are found by at once, beside that by name; a series has at most 24',
    labelNames,
    registers,
  });
  const unknownSpellings = new Counter({
    name: 'tactus_series_spellings_refused_total',
    help: 'Points whose order of tags is not remembered, since their series comes in too many; they cost several times as much',
    registers,
  });
  const late = new Counter({
    name: 'tactus_late_points_total',
    help: 'Points that missed at least one of their windows',
    registers,
  });
  const gauges = [delay, held, series, bytes, spellings];
  const partitions = new WeakMap<
    WindowingState,
    { partition: string; reportedAt: Millis; refused: number }
  >();

  return {
    ...stage,
    restore(saved) {
      const state = stage.restore(saved);
      partitions.set(state, { partition: String(saved.partition), reportedAt: 0, refused: 0 });
      return state;
    },
    release(state) {
      const partition = partitions.get(state)?.partition;
      // What another instance goes on with would stand still here.
      if (partition !== undefined) for (const gauge of gauges) gauge.remove({ partition });
      stage.release?.(state);
    },
    step(state, batch, now) {
      const result = stage.step(state, batch, now);
      for (const topic of result.outputs.topics) if (topic === 'late') late.inc();
      const about = partitions.get(result.state);
      if (about !== undefined && now - about.reportedAt >= REPORT_EVERY_MS) {
        about.reportedAt = now;
        const { partition } = about;
        const { time } = result.state.sources;
        if (Number.isFinite(time)) delay.set({ partition }, Math.max(0, now - time) / 1000);
        held.set({ partition }, result.state.windows.size);
        const index = result.state.windows.series;
        series.set({ partition }, index.size);
        spellings.set({ partition }, index.spellings.size);
        unknownSpellings.inc(index.spellings.refused - about.refused);
        about.refused = index.spellings.refused;
        bytes.set({ partition }, result.state.windows.bytes);
      }
      return result;
    },
  };
}

/** How long after the record that let it close each window was emitted. */
export interface EmissionDelay {
  observe(delayMs: Millis): void;
  /** Forgets all windows: those of the warm-up are nobody's. */
  reset(): void;
}

export function emissionDelay(register: Registry): EmissionDelay {
  const delay = new Summary({
    name: 'tactus_window_emission_delay_seconds',
    help: 'Time from the append of the record that let the watermark pass the end of a window to its emission, over the last ten minutes',
    percentiles: [0.5, 0.95, 0.99],
    maxAgeSeconds: 600,
    ageBuckets: 5,
    // Nothing, rather than zero, where no window was emitted.
    pruneAgedBuckets: true,
    registers: [register],
  });
  return { observe: (delayMs) => delay.observe(delayMs / 1000), reset: () => delay.reset() };
}

/** Counts points that no window had room for, by tenant. */
export function seriesRefusedCounter(register: Registry): (tenant: string) => void {
  const refused = new Counter({
    name: 'tactus_series_refused_total',
    help: 'Points of new series that were refused because their tenant, or all, have as many as they may; of the 100 tenants counted last',
    labelNames: ['tenant'],
    registers: [register],
  });
  return countedByTenant(refused);
}

/** Counts points of counters that add nothing to an increase, by the bound that they were beyond. */
export function counterSkippedCounter(register: Registry): (tenant: string, reason: SkipReason) => void {
  const skipped = new Counter({
    name: 'tactus_windowing_increase_points_skipped_total',
    help: 'Points of counters that add nothing to the increase of their windows: there are as many counters as may be (series), it lies among points that are not kept any more (order), or as many late ones are kept as may be (late)',
    labelNames: ['reason'],
    registers: [register],
  });
  return (_, reason) => skipped.inc({ reason });
}

/** Counts points of kind member that are not counted as members, by why. */
export function memberSkippedCounter(register: Registry): (tenant: string, reason: MemberSkip) => void {
  const skipped = new Counter({
    name: 'tactus_windowing_members_skipped_total',
    help: 'Points of kind member that no distinct counts: their windows have none, since the sketches of their tenant, or all, take as much memory as they may (memory), or the value is no whole number below 2^52 (value)',
    labelNames: ['reason'],
    registers: [register],
  });
  return (_, reason) => skipped.inc({ reason });
}

/** Counts what became of changed definition files. */
export function reloadCounter(register: Registry): (outcome: ReloadOutcome) => void {
  const reloads = new Counter({
    name: 'tactus_definition_reloads_total',
    help: 'Changes of the window definitions file, by what became of them',
    labelNames: ['outcome'],
    registers: [register],
  });
  return (outcome) => reloads.inc({ outcome });
}
