import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { TopicName } from '../../topics/names.js';
import type { Millis } from '../core/clock.js';
import { RECORD_ERRORS } from '../core/error-codes.js';
import type { ErrorCode } from '../core/errors.js';
import { flowTelemetry } from '../process/flow-telemetry.js';
import { perRegistry } from '../process/per-registry.js';
import { TracedHistogram } from '../process/traced-histogram.js';

/** Why commits fail. What is counted from 0 has a rate from the first failure on. */
const COMMIT_ERRORS: readonly ErrorCode[] = [
  'TACTUS_KAFKA_UNAVAILABLE',
  'TACTUS_ACCESS_REFUSED',
  'TACTUS_OUTPUT_REFUSED',
  'TACTUS_FENCED',
];

interface PartitionLabels extends Record<string, string | number> {
  readonly group: string;
  /** Logical. */
  readonly topic: TopicName;
  readonly partition: number;
}

/** One instance per process, shared by all consumer groups of a worker. */
export const pipelineTelemetry = perRegistry((register) => new PipelineTelemetry(register));

/** Metrics of every worker that reads topics. Group and topic labels are without the prefix. */
export class PipelineTelemetry {
  readonly #flow;
  readonly #refused;
  readonly #lags = new Map<PartitionLabels, () => number | null>();
  readonly #lag;
  readonly #turns;
  readonly #replay;
  readonly #restore;
  readonly #steps;
  readonly #commits;
  readonly #commitErrors;

  constructor(register: Registry) {
    const registers = [register];
    this.#flow = flowTelemetry(register);
    this.#refused = new Counter({
      name: 'tactus_records_refused_total',
      help: 'Records written to the dead letters, by reason',
      labelNames: ['code'],
      registers,
    });
    const lags = this.#lags;
    this.#lag = new Gauge({
      name: 'tactus_consumer_lag_records',
      help: 'Records from the first that the group has yet to finish to the end of the log: what is in hand, or waits for a server or a commit, is counted',
      labelNames: ['group', 'topic', 'partition'],
      registers,
      collect() {
        for (const [labels, lag] of lags) {
          const records = lag();
          if (records !== null) this.set(labels, records);
        }
      },
    });
    this.#turns = new Gauge({
      name: 'tactus_partition_turn_timestamp_seconds',
      help: 'When a partition last had its turn, which it has every second or so, also without records: an old one is stuck, or waits for a server',
      labelNames: ['group', 'topic', 'partition'],
      registers,
    });
    this.#replay = new Gauge({
      name: 'tactus_replay_remaining_records',
      help: 'Records still to be replayed before a partition resumes',
      labelNames: ['group', 'topic', 'partition'],
      registers,
    });
    this.#restore = new Gauge({
      name: 'tactus_restore_remaining_records',
      help: "Records of a partition's changelog still to be read before it resumes",
      labelNames: ['group', 'topic', 'partition'],
      registers,
    });
    this.#steps = new TracedHistogram({
      name: 'tactus_step_duration_seconds',
      help: 'Time that a stage works on a batch of records, without waiting for servers',
      labelNames: ['group', 'topic'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
      registers,
    });
    this.#commits = new Histogram({
      name: 'tactus_commit_duration_seconds',
      help: 'Duration of a commit of outputs and offset',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    });
    this.#commitErrors = new Counter({
      name: 'tactus_commit_errors_total',
      help: 'Failed commits; their partition resumes from the last checkpoint',
      labelNames: ['code'],
      registers,
    });
    for (const code of Object.keys(RECORD_ERRORS)) this.#refused.inc({ code }, 0);
    for (const code of COMMIT_ERRORS) this.#commitErrors.inc({ code }, 0);
  }

  received(group: string, topic: TopicName, records: number): void {
    this.#flow.received(records, { group, topic });
  }

  /** @param traceId where a span of the step was made */
  stepped(group: string, topic: TopicName, seconds: number, traceId: string | undefined): void {
    this.#steps.observe({ group, topic }, seconds, traceId);
  }

  /** @param batches the topics of records, one for each */
  sent(batches: Iterable<readonly TopicName[]>): void {
    this.#flow.sentTo(batches);
  }

  refused(code: ErrorCode): void {
    this.#refused.inc({ code });
    this.#flow.failed('processing', code);
  }

  /**
   * @param lag is called whenever the metrics are read; null while it is not known
   * @returns ends it
   */
  watchLag(labels: PartitionLabels, lag: () => number | null): () => void {
    this.#lags.set(labels, lag);
    return () => {
      this.#lags.delete(labels);
      this.#lag.remove(labels);
    };
  }

  /** @param now of the wall clock */
  turn(group: string, topic: TopicName, partition: number, now: Millis): void {
    this.#turns.set({ group, topic, partition }, now / 1_000);
  }

  replaying(labels: PartitionLabels, records: number): void {
    this.#replay.set(labels, records);
  }

  restoring(labels: PartitionLabels, records: number): void {
    this.#restore.set(labels, records);
  }

  released(group: string, topic: TopicName, partition: number): void {
    this.#turns.remove({ group, topic, partition });
    this.#replay.remove({ group, topic, partition });
    this.#restore.remove({ group, topic, partition });
  }

  committed(seconds: number): void {
    this.#commits.observe(seconds);
  }

  commitFailed(code: ErrorCode): void {
    this.#commitErrors.inc({ code });
    this.#flow.failed('sending', code);
  }
}
