import { createKafka, kafkaError } from '../../shared/adapters/kafka/client.js';
import { openCluster } from '../../shared/adapters/kafka/internals.js';
import { PartitionedRecordSets } from '../../shared/adapters/kafka/produce/partitioned-record-sets.js';
import { TransactionalProducer } from '../../shared/adapters/kafka/produce/transaction.js';
import { loadDefinitions } from '../../shared/catalog/window-definitions.js';
import { systemClock } from '../../shared/core/clock.js';
import { OutputBatch } from '../../shared/core/output-batch.js';
import { type CommandContext, runCommand, say } from '../../shared/process/command.js';
import { sleep } from '../../shared/process/wait.js';
import { longestMs } from '../../shared/windows/definition.js';
import { attemptsOf, type Filter, type Letter, matches } from './letter.js';
import { Letters } from './letters.js';
import { type ReplayRules, replayOf, skipReason } from './replay-rules.js';

/** Transactions per second: a low rate then still means small ones. */
const TRANSACTIONS_PER_SECOND = 5;
const MAX_RECORDS = 1_000;
/** For clocks that differ and windows that close late. */
const MARGIN_MS = 60_000;

export interface ReplayOptions extends Filter {
  readonly id?: string;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly maxAttempts: number;
  /** Most records per second. */
  readonly rate: number;
  readonly limit: number;
  readonly json: boolean;
}

/** What became of the letters that matched. */
interface Outcome {
  replayed: number;
  readonly byTopic: Record<string, number>;
  readonly skipped: Record<string, number>;
}

/**
 * `tactus dlq replay`: writes the records of the letters that match to where they came from.
 *
 * Records and the marks that they were replayed are one Kafka transaction, and a second replay that runs at the
 * same time is fenced out: so each letter is replayed once however often and in however many places the
 * command runs, or is killed. With `force` it is the readers that make it harmless: `ingest` drops an id that it has
 * accepted within its window, the tables have one row per id.
 */
export function replayLetters(options: ReplayOptions): Promise<number> {
  return runCommand('dlq replay', async (context) => {
    const letters = await Letters.open(context);
    const output = new Replayer(context);
    const outcome: Outcome = { replayed: 0, byTopic: {}, skipped: {} };
    try {
      // First shut out whoever else replays, then see what has been replayed.
      if (!options.dryRun) await output.open();
      await letters.readMarks();
      const rules = rulesOf(context, options);
      const wanted = matches(options);
      const size = Math.min(MAX_RECORDS, Math.max(1, Math.floor(options.rate / TRANSACTIONS_PER_SECOND)));
      let pending: Letter[] = [];
      const flush = async () => {
        const began = performance.now();
        if (!options.dryRun) {
          await output.replay(pending);
          await sleep((pending.length * 1000) / options.rate - (performance.now() - began), context.stopping);
        }
        for (const { origin } of pending)
          outcome.byTopic[String(origin)] = (outcome.byTopic[String(origin)] ?? 0) + 1;
        outcome.replayed += pending.length;
        pending = [];
      };
      for await (const one of letters.read(options.id)) {
        if (!wanted(one)) continue;
        const reason = skipReason(one, rules);
        if (reason !== null) outcome.skipped[reason] = (outcome.skipped[reason] ?? 0) + 1;
        else pending.push(one);
        if (outcome.replayed + pending.length >= options.limit) break;
        if (pending.length >= size) await flush();
      }
      if (pending.length > 0 && !context.stopping.aborted) await flush();
      tell(outcome, options);
      return context.stopping.aborted ? 1 : 0;
    } finally {
      await Promise.allSettled([letters.close(), output.close()]);
    }
  });
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

function tell({ replayed, byTopic, skipped }: Outcome, { dryRun, json }: ReplayOptions): void {
  if (json) {
    say(JSON.stringify({ dryRun, replayed, byTopic, skipped }));
    return;
  }
  say(`${replayed} ${dryRun ? 'would be replayed' : 'replayed'}`);
  for (const [topic, count] of Object.entries(byTopic)) say(`  ${count}  to ${topic}`);
  const left = Object.entries(skipped);
  if (left.length === 0) return;
  say(`${left.reduce((sum, [, count]) => sum + count, 0)} left alone`);
  for (const [reason, count] of left) say(`  ${count}  ${reason}`);
}

/** Writes records and marks, one transaction at a time. */
class Replayer {
  readonly #producer: TransactionalProducer;
  readonly #partitioned: PartitionedRecordSets;

  constructor(context: CommandContext) {
    const prefix = context.config.kafka.topicPrefix;
    this.#producer = new TransactionalProducer(openCluster(createKafka(context)), `${prefix}dlq-replay`);
    this.#partitioned = new PartitionedRecordSets(prefix, (topic) => this.#producer.partitions(topic));
  }

  async open(): Promise<void> {
    try {
      await this.#producer.open();
    } catch (error) {
      throw kafkaError(error, 'opening the transactional id of replays');
    }
  }

  async replay(letters: readonly Letter[]): Promise<void> {
    try {
      const records = letters.map(replayOf).filter((record) => record !== null);
      await this.#partitioned.add(OutputBatch.of(records));
      const marks = letters.map(({ id, letter }) => ({
        key: id,
        value: Buffer.from(JSON.stringify({ at: systemClock.now(), attempts: attemptsOf(letter) + 1 })),
      }));
      await this.#partitioned.addChanges('state.dlq', 0, marks);
      await this.#producer.write(this.#partitioned.sets);
      this.#partitioned.clear();
      await this.#producer.commit();
    } catch (error) {
      throw kafkaError(error, 'replaying dead letters');
    }
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }
}
