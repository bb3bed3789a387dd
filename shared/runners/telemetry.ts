import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { TopicName } from '../../topics/names.js';
import type { ErrorCode } from '../core/errors.js';
import { flowTelemetry } from '../process/flow-telemetry.js';

const OF_REGISTRY = new WeakMap<Registry, PipelineTelemetry>();

/** One instance per process, shared by all consumer groups of a worker. */
export function pipelineTelemetry(register: Registry): PipelineTelemetry {
  let telemetry = OF_REGISTRY.get(register);
  if (telemetry === undefined) {
    telemetry = new PipelineTelemetry(register);
    OF_REGISTRY.set(register, telemetry);
  }
  return telemetry;
}

/** Metrics of every worker that reads topics. Group and topic labels are without the prefix. */
export class PipelineTelemetry {
  readonly #flow;
  readonly #refused;
  readonly #lag;
  readonly #replay;
  readonly #restore;
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
    this.#lag = new Gauge({
      name: 'tactus_consumer_lag_records',
      help: "Records between the worker's position and the end of the log",
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
  }

  received(group: string, topic: TopicName, records: number): void {
    this.#flow.received(records, { group, topic });
  }

  /** @param batches the topics of records, one for each */
  sent(batches: Iterable<readonly TopicName[]>): void {
    this.#flow.sentTo(batches);
  }

  refused(code: ErrorCode): void {
    this.#refused.inc({ code });
    this.#flow.failed('processing', code);
  }

  lag(group: string, topic: TopicName, partition: number, records: number): void {
    this.#lag.set({ group, topic, partition }, records);
  }

  replaying(labels: { group: string; topic: string; partition: number }, records: number): void {
    this.#replay.set(labels, records);
  }

  restoring(labels: { group: string; topic: string; partition: number }, records: number): void {
    this.#restore.set(labels, records);
  }

  released(group: string, topic: TopicName, partition: number): void {
    this.#lag.remove({ group, topic, partition });
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
