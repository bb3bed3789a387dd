import { createPool, type Pool } from '../../../shared/adapters/postgres/pool.js';
import { loadDefinitions } from '../../../shared/catalog/window-definitions.js';
import { type Millis, systemClock } from '../../../shared/core/clock.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { retried } from '../../../shared/process/retried.js';
import { sleep } from '../../../shared/process/wait.js';
import { longestMs, type WindowDefinition } from '../../../shared/windows/definition.js';
import { pointsKeptSince } from '../database/points-retention.js';
import { compareWindows } from './compare-windows.js';
import type { ComparisonContext } from './recheck.js';
import { type Report, ReportBuilder, timeInWords } from './report.js';
import type { Difference } from './slot-comparison.js';
import { splitIntoSlots } from './slots.js';
import { StreamOffsets } from './stream-offsets.js';
import { type OffsetSource, StreamProgress } from './stream-progress.js';

const STATEMENT_TIMEOUT_MS = 900_000;
/** How long the sink may take to store what is in the log when the command starts. */
const SINK_CATCH_UP_MS = 60_000;
const POLL_MS = 500;

/** Where the windows, the points and the progress of the stream are read. */
export interface ReconcileParts {
  readonly pool: Pool;
  readonly offsets: OffsetSource;
  readonly definitions: readonly WindowDefinition[];
}

/** What is compared; times in milliseconds. */
export interface ReconcileOptions {
  readonly from: Millis;
  readonly to: Millis;
  /** Undefined: all. */
  readonly tenant?: string;
  /** Relative difference up to which figures are equal; undefined: that of the configuration. */
  readonly tolerance?: number;
  /** How long the windows up to `to` may take to be final. */
  readonly wait: Millis;
  /** Most differences that are listed. */
  readonly differences: number;
}

/**
 * Compares the windows of a time range with the stored points; read-only. Waits for servers.
 *
 * @returns null when the sink has not stored in time what is in the topics, so that nothing can be compared
 * @throws TactusError `TACTUS_CONFIG_INVALID` for a wrong file of definitions
 */
export async function reconcile(context: CommandContext, options: ReconcileOptions): Promise<Report | null> {
  const definitions = loadDefinitions(context.config.windowing.windowsFile);
  const worker = { ...context, name: 'reconcile' };
  const pool = createPool(worker, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const offsets = new StreamOffsets(worker);
  try {
    return await compareAll(context, { pool, offsets, definitions }, options);
  } finally {
    await Promise.allSettled([offsets.close(), pool.end()]);
  }
}

/** {@link reconcile} with these servers. */
export async function compareAll(
  context: CommandContext,
  { pool, offsets, definitions }: ReconcileParts,
  options: ReconcileOptions,
): Promise<Report | null> {
  const { config, stopping: signal } = context;
  const progress = new StreamProgress(offsets, signal);
  const tolerance = options.tolerance ?? config.batch.reconcileTolerance;
  const { from, to, tenant = null } = options;
  if (!(await sinkHasStored(context, progress, definitions, options))) return null;
  const builder = new ReportBuilder(options.differences);
  const kept = await retried(context, () => pointsKeptSince(pool));
  const { counterIdleMs: idleMs } = config.windowing;
  const [seen, withMembers] = [new Set<string>(), new Set<string>()];
  for (const definition of definitions) {
    const since = Math.max(progress.finalRange(definition).since, kept) + idleMs;
    const comparison = {
      ...{ pool, progress, tolerance, counters: { idleMs, since, seen }, tenantId: tenant, withMembers },
      ...{ catchUpMs: SINK_CATCH_UP_MS, signal },
    };
    await compareRange(context, comparison, definition, { from: Math.max(from, kept), to }, builder);
  }
  return builder.build({ from: timeInWords(from), to: timeInWords(to), tenant, tolerance });
}

/**
 * Waits until the sink has stored what is in the log now, then up to `wait` for the windows of the range to be final.
 *
 * @returns false when the sink takes too long
 */
async function sinkHasStored(
  context: CommandContext,
  progress: StreamProgress,
  definitions: readonly WindowDefinition[],
  { to, wait }: ReconcileOptions,
): Promise<boolean> {
  const { stopping: signal } = context;
  const started = systemClock.now();
  const final = () => definitions.every((definition) => progress.finalRange(definition).until >= to);
  for (;;) {
    await retried(context, () => progress.advance());
    const waited = systemClock.now() - started;
    if (signal.aborted || final() || (progress.known && waited >= wait)) return true;
    if (!progress.known && waited >= Math.max(SINK_CATCH_UP_MS, wait)) return false;
    await sleep(POLL_MS, signal);
  }
}

/** Compares all windows of a definition that lie entirely in the range. */
async function compareRange(
  context: CommandContext,
  comparison: Omit<ComparisonContext, 'onDifferences'>,
  definition: WindowDefinition,
  range: { from: Millis; to: Millis },
  builder: ReportBuilder,
): Promise<void> {
  const { name: window } = definition;
  const { since, until } = comparison.progress.finalRange(definition);
  const from = Math.max(range.from, since);
  const to = Math.min(range.to, until);
  if (since > range.from)
    builder.notCompared.push({
      ...{ window, from: timeInWords(range.from), to: timeInWords(Math.min(since, range.to)) },
      reason: 'the definition was not in force',
    });
  if (until < range.to)
    builder.notCompared.push({
      ...{ window, from: timeInWords(Math.max(until, range.from)), to: timeInWords(range.to) },
      reason: 'not closed by now',
    });
  for (const slot of splitIntoSlots(definition, from, to - longestMs(definition) + 1)) {
    let differences: Difference[] = [];
    const onDifferences = async (more: readonly Difference[]) => {
      differences.push(...more);
    };
    const result = await retried(context, () => {
      differences = [];
      return compareWindows({ ...comparison, onDifferences }, definition, slot);
    });
    if (result !== null) builder.add(window, result, differences);
    else
      builder.notCompared.push({
        ...{ window, from: timeInWords(slot.start), to: timeInWords(slot.end) },
        reason: 'some of its points were still on their way',
      });
  }
}
