import type { Registry } from 'prom-client';
import { messageOf } from '../../../core/errors.js';
import type { WorkerContext } from '../../../process/context.js';
import { AnswerError, LEADER_NOT_AVAILABLE, nameOf } from '../protocol/answers.js';
import { accessRefused } from '../security/access.js';
import { describeGap, type LogGap } from './log-gap.js';
import type { Reading } from './reading.js';
import { type ReaderTelemetry, readerTelemetry } from './telemetry.js';

const LOG_EVERY = 10;

/** What is said of the partitions that a reader reads: in the log, in metrics and on `/readyz`. */
export class Reports {
  readonly #telemetry: ReaderTelemetry;
  /** Those that something stands against. */
  readonly #blocked = new Set<Reading>();

  constructor(
    private readonly context: Pick<WorkerContext, 'config' | 'log' | 'health'> & {
      readonly metrics?: Registry;
    },
  ) {
    this.#telemetry = readerTelemetry(context.metrics);
  }

  /** The partition is read from now on. */
  reads({ buffer: { topic, partition } }: Reading): void {
    this.#telemetry.reads(this.#nameOf(topic), partition);
  }

  /** @param failures how often that was found before */
  leaderless(reading: Reading, failures: number): void {
    const { topic, partition } = reading.buffer;
    const message = `${reading.key} has no leader`;
    this.#telemetry.failed(this.#nameOf(topic), partition, nameOf(LEADER_NOT_AVAILABLE));
    this.#block(reading, message);
    if (failures % LOG_EVERY === 0) this.context.log.warn({ topic, partition, failures }, message);
  }

  /** An attempt to read has failed: the reading backs off. */
  failed(reading: Reading, error: unknown): void {
    const { topic, partition } = reading.buffer;
    const failures = reading.failed(performance.now());
    const message = messageOf(accessRefused(error, 'fetching') ?? error);
    this.#telemetry.failed(this.#nameOf(topic), partition, reasonOf(error));
    this.#block(reading, `reading ${reading.key}: ${message}`);
    if (failures % LOG_EVERY === 0)
      this.context.log.warn({ error, topic, partition, failures }, `reading ${reading.key}: ${message}`);
  }

  succeeded(reading: Reading): void {
    const failures = reading.succeeded();
    if (!this.#blocked.delete(reading)) return;
    const { topic, partition } = reading.buffer;
    this.context.health.clear(keyOf(reading));
    this.context.log.info({ topic, partition, failures }, `${reading.key} is read again`);
  }

  gap(reading: Reading, gap: LogGap, position: number): void {
    const { topic, partition } = reading.buffer;
    const text = describeGap(gap, reading.key, position);
    this.context.log.error({ topic, partition, position, ...gap }, text);
    this.#telemetry.gap(this.#nameOf(topic), gap.cause, gap.records);
    this.context.health.note(noteOf(reading), text);
  }

  /** The partition is not read any more. */
  forget(reading: Reading): void {
    if (this.#blocked.delete(reading)) this.context.health.clear(keyOf(reading));
    this.context.health.clearNote(noteOf(reading));
  }

  #block(reading: Reading, reason: string): void {
    this.#blocked.add(reading);
    this.context.health.block(keyOf(reading), reason);
  }

  #nameOf(topic: string): string {
    const { topicPrefix } = this.context.config.kafka;
    return topic.startsWith(topicPrefix) ? topic.slice(topicPrefix.length) : topic;
  }
}

function keyOf({ key }: Reading): string {
  return `reading ${key}`;
}

function noteOf({ key }: Reading): string {
  return `the log of ${key}`;
}

/** A label: the broker's error, or what was wrong with the bytes. */
function reasonOf(error: unknown): string {
  if (error instanceof AnswerError) return nameOf(error.code);
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
