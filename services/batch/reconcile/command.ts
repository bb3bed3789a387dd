import { createPool } from '../../../shared/adapters/postgres/pool.js';
import { loadDefinitions } from '../../../shared/catalog/window-definitions.js';
import { type Config, loadConfig } from '../../../shared/config/load.js';
import { type Millis, systemClock } from '../../../shared/core/clock.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';
import { EXIT_CONFIG } from '../../../shared/process/exit-codes.js';
import { createLogger } from '../../../shared/process/logger.js';
import { sleep } from '../../../shared/process/wait.js';
import { longestMs, type WindowDefinition } from '../../../shared/windows/definition.js';
import { keptSince } from '../kept-since.js';
import { Horizon } from './horizon.js';
import { type Difference, type JudgeParts, judgeSlot } from './judge.js';
import { isoTime, ReportBuilder } from './report.js';
import { reportText } from './report-text.js';
import { piecesBetween } from './slots.js';
import { StreamPositions } from './stream-positions.js';

const STATEMENT_TIMEOUT_MS = 900_000;
/** How long the sink may take to store what is in the log when the command starts. */
const REACH_MS = 60_000;
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
 * `tactus reconcile`: holds the windows of a stretch of time against the stored points, changes nothing, prints a report.
 *
 * @returns the exit code: 0 when all that was judged is right, late points explained; 1 when a window differs,
 *   when nothing could be judged, or on an error; 78 for a wrong configuration
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
  const context = { config, log: createLogger('reconcile', 'silent'), name: 'reconcile' };
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const pool = createPool(context, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  const positions = new StreamPositions(context);
  const horizon = new Horizon(positions, stop.signal);
  const tolerance = options.tolerance ?? config.batch.reconcileTolerance;
  const { from, to, tenant = null } = options;
  try {
    await reach(horizon, definitions, options, stop.signal);
    const builder = new ReportBuilder(options.differences);
    const kept = await keptSince(pool);
    const parts = { pool, horizon, tolerance, tenantId: tenant, catchUpMs: REACH_MS, signal: stop.signal };
    for (const definition of definitions)
      await judgeAll(parts, definition, { from: Math.max(from, kept), to }, builder);
    if (stop.signal.aborted) return 1;
    const report = builder.build({ from: isoTime(from), to: isoTime(to), tenant, tolerance });
    process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : reportText(report)}\n`);
    return report.sound && (report.lines.length > 0 || report.notJudged.length === 0) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`tactus reconcile: ${messageOf(error)}\n`);
    return 1;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await Promise.allSettled([positions.close(), pool.end()]);
  }
}

/** Waits for the sink to store what is in the log now, and then, if asked to, for the end of the stretch to settle. */
async function reach(
  horizon: Horizon,
  definitions: readonly WindowDefinition[],
  { to, wait }: ReconcileOptions,
  signal: AbortSignal,
): Promise<void> {
  const began = systemClock.now();
  const settled = () => definitions.every((definition) => horizon.settled(definition).until >= to);
  for (;;) {
    await horizon.advance();
    const waited = systemClock.now() - began;
    if (signal.aborted || settled() || (horizon.reached && waited >= wait)) return;
    if (!horizon.reached && waited >= Math.max(REACH_MS, wait))
      throw new TactusError(
        'TACTUS_DATABASE_UNAVAILABLE',
        `the sink has not stored within ${waited} ms what is in the topics: is it running? Without that nothing can be judged`,
      );
    await sleep(POLL_MS, signal);
  }
}

/** All windows of a definition that lie in the stretch as a whole. */
async function judgeAll(
  parts: Omit<JudgeParts, 'found'>,
  definition: WindowDefinition,
  stretch: { from: Millis; to: Millis },
  builder: ReportBuilder,
): Promise<void> {
  const { name: window } = definition;
  const { since, until } = parts.horizon.settled(definition);
  const from = Math.max(stretch.from, since);
  const to = Math.min(stretch.to, until);
  if (since > stretch.from)
    builder.notJudged.push({
      ...{ window, from: isoTime(stretch.from), to: isoTime(Math.min(since, stretch.to)) },
      reason: 'the definition was not in force',
    });
  if (until < stretch.to)
    builder.notJudged.push({
      ...{ window, from: isoTime(Math.max(until, stretch.from)), to: isoTime(stretch.to) },
      reason: 'not closed by now',
    });
  for (const piece of piecesBetween(definition, from, to - longestMs(definition) + 1)) {
    const differences: Difference[] = [];
    const found = async (more: readonly Difference[]) => {
      differences.push(...more);
    };
    const verdict = await judgeSlot({ ...parts, found }, definition, piece);
    if (verdict !== null) builder.judged(window, verdict, differences);
    else
      builder.notJudged.push({
        ...{ window, from: isoTime(piece.start), to: isoTime(piece.end) },
        reason: 'points of it were still on their way',
      });
  }
}
