import { isDeepStrictEqual } from 'node:util';
import { loadDefinitions } from '../catalog/window-definitions.js';
import { type Millis, systemClock } from '../core/clock.js';
import type { CommandContext } from '../process/context.js';
import { retried } from '../process/retried.js';
import { sleep } from '../process/wait.js';
import { longestMs } from '../windows/definition.js';
import type { Filter, StoredDeadLetter } from './dead-letter.js';
import { DeadLetterReader } from './dead-letter-reader.js';
import { REPLAYED, type ReplayRules, skipReason } from './replay-rules.js';
import { blamesRecords, markOf, Replayer } from './replayer.js';

/** Transactions per second: with a low rate they are small. */
const TRANSACTIONS_PER_SECOND = 5;
const MAX_RECORDS = 1_000;
/** Allows for clock differences and windows that close late. */
const MARGIN_MS = 60_000;
/** Why a dead letter is not replayed that is, for one, larger than its topic allows. */
const NOT_TAKEN = 'its topic does not take it';

export interface ReplayOptions extends Filter {
  readonly id?: string;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly maxAttempts: number;
  /** Most records per second. */
  readonly rate: number;
  readonly limit: number;
}

/** The outcome for the dead letters that match. */
export interface ReplayOutcome {
  replayed: number;
  readonly byTopic: Record<string, number>;
  readonly skipped: Record<string, number>;
}

/**
 * Writes the matching dead letters back to the topics that they are from.
 *
 * Records and their marks are in one Kafka transaction, and a concurrent replay is fenced: so each dead letter is
 * replayed once, even if the command is repeated, run twice or killed. With `force` only the consumers prevent
 * duplicates: `ingest` drops an id that it has accepted within its window, and tables have one row per id.
 */
export async function replayLetters(context: CommandContext, options: ReplayOptions): Promise<ReplayOutcome> {
  const reader = await DeadLetterReader.open(context);
  const replayer = new Replayer(context);
  const outcome: ReplayOutcome = { replayed: 0, byTopic: {}, skipped: {} };
  try {
    // Fences a concurrent replay first, so that its marks are complete when they are read.
    if (!options.dryRun) await retried(context, () => replayer.open());
    await reader.readMarks();
    const rules = rulesOf(context, options);
    const size = Math.min(MAX_RECORDS, Math.max(1, Math.floor(options.rate / TRANSACTIONS_PER_SECOND)));
    let pending: StoredDeadLetter[] = [];
    const skip = (reason: string) => {
      outcome.skipped[reason] = (outcome.skipped[reason] ?? 0) + 1;
    };
    const flush = async () => {
      const started = performance.now();
      let done: readonly StoredDeadLetter[] = pending;
      if (!options.dryRun) {
        const batch = await replayed(context, reader, replayer, pending, options.force);
        done = batch.done;
        for (let i = 0; i < batch.byOthers; i++) skip(REPLAYED);
        for (let i = 0; i < batch.notTaken; i++) skip(NOT_TAKEN);
        await sleep((pending.length * 1000) / options.rate - (performance.now() - started), context.stopping);
      }
      for (const { origin } of done)
        outcome.byTopic[String(origin)] = (outcome.byTopic[String(origin)] ?? 0) + 1;
      outcome.replayed += done.length;
      pending = [];
    };
    for await (const one of reader.read(options)) {
      const reason = skipReason(one, rules);
      if (reason !== null) skip(reason);
      else pending.push(one);
      if (outcome.replayed + pending.length >= options.limit) break;
      if (pending.length >= size) await flush();
    }
    if (pending.length > 0 && !context.stopping.aborted) await flush();
    return outcome;
  } finally {
    await Promise.allSettled([reader.close(), replayer.close()]);
  }
}

/** What became of some dead letters. */
interface Replay {
  readonly done: readonly StoredDeadLetter[];
  /** Those that another replay has replayed meanwhile. */
  readonly byOthers: number;
  readonly notTaken: number;
}

/**
 * Replays some dead letters, and goes on where Kafka fails in the middle, such as while a leader moves: what an attempt
 * has done all the same, and what another replay has done meanwhile, shows in the marks. Those that Kafka does not take are
 * found by halving, and do not keep back the others.
 *
 * @param triedAt when the last attempt was made, if it failed
 */
async function replayed(
  context: CommandContext,
  reader: DeadLetterReader,
  replayer: Replayer,
  letters: readonly StoredDeadLetter[],
  force: boolean,
  triedAt: Millis | null = null,
): Promise<Replay> {
  const done: StoredDeadLetter[] = [];
  let left = [...letters];
  let [byOthers, notTaken] = [0, 0];
  let failedAt = triedAt;
  let isTaken = true;
  await retried(context, async () => {
    if (failedAt !== null) {
      await replayer.open();
      await reader.readMarks();
      const still: StoredDeadLetter[] = [];
      for (const one of left) {
        const mark = reader.lastReplay(one.id);
        if (isDeepStrictEqual(mark, markOf(one, failedAt))) done.push(one);
        else if (mark !== null && !force) byOthers += 1;
        else still.push(one);
      }
      left = still;
    }
    if (left.length === 0) return;
    failedAt = systemClock.now();
    try {
      await replayer.replay(left, failedAt);
    } catch (error) {
      isTaken = !blamesRecords(error);
      if (isTaken) throw error;
      return;
    }
    failedAt = null;
    done.push(...left);
    left = [];
  });
  if (isTaken) return { done, byOthers, notTaken };
  const middle = left.length >> 1;
  if (middle === 0) notTaken = 1;
  else
    for (const half of [left.slice(0, middle), left.slice(middle)]) {
      const part = await replayed(context, reader, replayer, half, force, failedAt);
      done.push(...part.done);
      byOthers += part.byOthers;
      notTaken += part.notTaken;
    }
  return { done, byOthers, notTaken };
}

function rulesOf({ config }: CommandContext, { force, maxAttempts }: ReplayOptions): ReplayRules {
  const { windowsFile, idleTimeoutMs } = config.windowing;
  const longest = Math.max(...loadDefinitions(windowsFile).map((one) => longestMs(one) + one.graceMs));
  return {
    force,
    maxAttempts,
    windowsOpenMs: longest + idleTimeoutMs + MARGIN_MS,
    idsKnownMs: config.ingest.dedupWindowMs,
    now: systemClock.now(),
  };
}
