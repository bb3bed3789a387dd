import { createPool } from '../../../shared/adapters/postgres/pool.js';
import { loadDefinitions } from '../../../shared/catalog/window-definitions.js';
import { type Config, loadConfig } from '../../../shared/config/load.js';
import { type Millis, systemClock } from '../../../shared/core/clock.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import { EXIT_CONFIG } from '../../../shared/process/exit-codes.js';
import { createLogger } from '../../../shared/process/logger.js';
import { sleep } from '../../../shared/process/wait.js';
import { longestMs, type WindowDefinition } from '../../../shared/windows/definition.js';
import { pointsKeptSince } from '../database/points-retention.js';
import { compareWindows } from './compare-windows.js';
import type { ComparisonContext } from './recheck.js';
import { isoTime, ReportBuilder } from './report.js';
import { reportText } from './report-text.js';
import type { Difference } from './slot-comparison.js';
import { splitIntoSlots } from './slots.js';
import { StreamOffsets } from './stream-offsets.js';
import { StreamProgress } from './stream-progress.js';

const STATEMENT_TIMEOUT_MS = 900_000;
/** How long the sink may take to store what is in the log when the command starts. */
const SINK_CATCH_UP_MS = 60_000;
const POLL_MS = 500;

/** Options of `tactus reconcile`, as the command line names them; times in milliseconds. */
export interface ReconcileOptions {
  readonly from: Millis;
  readonly to: Millis;
  readonly tenant?: string;
  readonly tolerance?: number;
  readonly wait: number;
  readonly differences: number;
  readonly json: boolean;
}

/**
 * `tactus reconcile`: compares the windows of a time range with the stored points and prints a report; read-only.
 *
 * @returns the exit code: 0 when all compared windows match, late points explained; 1 when a window differs,
 *   when no window could be compared, or on an error; 78 for a wrong configuration
 */
export async function reconcileCommand(options: ReconcileOptions): Promise<number> {
  let config: Config;
  let definitions: readonly WindowDefinition[];
  try {
    config = loadConfig();
    definitions = loadDefinitions(config.windowing.windowsFile);
  } catch (error) {
    process.stderr.write(`tactus reconcile: ${messageOf(error)}\n`);
    return EXIT_CONFIG;
  }
  const worker = { config, log: createLogger('reconcile', 'silent'), name: 'reconcile' };
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const pool = createPool(worker, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const offsets = new StreamOffsets(worker);
  const progress = new StreamProgress(offsets, stop.signal);
  const tolerance = options.tolerance ?? config.batch.reconcileTolerance;
  const { from, to, tenant = null } = options;
  try {
    await waitForSink(progress, definitions, options, stop.signal);
    const builder = new ReportBuilder(options.differences);
    const kept = await pointsKeptSince(pool);
    const context = {
      ...{ pool, progress, tolerance, tenantId: tenant },
      ...{ catchUpMs: SINK_CATCH_UP_MS, signal: stop.signal },
    };
    for (const definition of definitions)
      await compareRange(context, definition, { from: Math.max(from, kept), to }, builder);
    if (stop.signal.aborted) return 1;
    const report = builder.build({ from: isoTime(from), to: isoTime(to), tenant, tolerance });
    process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : reportText(report)}\n`);
    return report.sound && (report.lines.length > 0 || report.notCompared.length === 0) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`tactus reconcile: ${messageOf(error)}\n`);
    return 1;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await Promise.allSettled([offsets.close(), pool.end()]);
  }
}

/** Waits until the sink has stored what is in the log now, then up to `wait` for the windows of the range to be final. */
async function waitForSink(
  progress: StreamProgress,
  definitions: readonly WindowDefinition[],
  { to, wait }: ReconcileOptions,
  signal: AbortSignal,
): Promise<void> {
  const started = systemClock.now();
  const final = () => definitions.every((definition) => progress.finalRange(definition).until >= to);
  for (;;) {
    await progress.advance();
    const waited = systemClock.now() - started;
    if (signal.aborted || final() || (progress.known && waited >= wait)) return;
    if (!progress.known && waited >= Math.max(SINK_CATCH_UP_MS, wait))
      throw new TactusError(
        'TACTUS_DATABASE_UNAVAILABLE',
        `the sink has not stored within ${waited} ms what is in the topics, so no window can be compared: is it running?`,
      );
    await sleep(POLL_MS, signal);
  }
}

/** Compares all windows of a definition that lie entirely in the range. */
async function compareRange(
  context: Omit<ComparisonContext, 'onDifferences'>,
  definition: WindowDefinition,
  range: { from: Millis; to: Millis },
  builder: ReportBuilder,
): Promise<void> {
  const { name: window } = definition;
  const { since, until } = context.progress.finalRange(definition);
  const from = Math.max(range.from, since);
  const to = Math.min(range.to, until);
  if (since > range.from)
    builder.notCompared.push({
      ...{ window, from: isoTime(range.from), to: isoTime(Math.min(since, range.to)) },
      reason: 'the definition was not in force',
    });
  if (until < range.to)
    builder.notCompared.push({
      ...{ window, from: isoTime(Math.max(until, range.from)), to: isoTime(range.to) },
      reason: 'not closed by now',
    });
  for (const slot of splitIntoSlots(definition, from, to - longestMs(definition) + 1)) {
    const differences: Difference[] = [];
    const onDifferences = async (more: readonly Difference[]) => {
      differences.push(...more);
    };
    const result = await compareWindows({ ...context, onDifferences }, definition, slot);
    if (result !== null) builder.add(window, result, differences);
    else
      builder.notCompared.push({
        ...{ window, from: isoTime(slot.start), to: isoTime(slot.end) },
        reason: 'some of its points were still on their way',
      });
  }
}
