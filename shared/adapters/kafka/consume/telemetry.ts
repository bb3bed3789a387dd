import { Counter, type Registry } from 'prom-client';
import { flowTelemetry } from '../../../process/flow-telemetry.js';
import { perRegistry } from '../../../process/per-registry.js';
import { LEADER_NOT_AVAILABLE, nameOf } from '../protocol/answers.js';
import type { GapCause } from './log-gap.js';

/** The reason that most failures have: the broker of a partition is down. */
const MOST_FREQUENT = nameOf(LEADER_NOT_AVAILABLE);

const CAUSES: readonly GapCause[] = ['retention', 'truncation', 'recreation'];

/** One instance per process, shared by all readers of a worker. */
export const readerTelemetry = perRegistry((register) => new ReaderTelemetry(register));

/** Metrics of reading partitions; topics without the prefix. */
export class ReaderTelemetry {
  readonly #flow;
  readonly #errors;
  readonly #gaps;
  readonly #missing;

  constructor(register: Registry) {
    const registers = [register];
    this.#flow = flowTelemetry(register);
    this.#errors = new Counter({
      name: 'tactus_partition_read_errors_total',
      help: 'Failed attempts to read a partition, by reason; the others are read meanwhile',
      labelNames: ['topic', 'partition', 'reason'],
      registers,
    });
    this.#gaps = new Counter({
      name: 'tactus_log_gaps_total',
      help: 'Times that a log did not go on where it was read: deleted by retention, cut off at its end (truncation), or created anew (recreation)',
      labelNames: ['topic', 'cause'],
      registers,
    });
    this.#missing = new Counter({
      name: 'tactus_log_missing_records_total',
      help: 'Records that were deleted before they were read, or are gone after they were read; markers of transactions counted',
      labelNames: ['topic', 'cause'],
      registers,
    });
  }

  /** What is counted from 0 has a rate from the first gap on. */
  reads(topic: string, partition: number): void {
    this.#errors.inc({ topic, partition, reason: MOST_FREQUENT }, 0);
    for (const cause of CAUSES) {
      this.#gaps.inc({ topic, cause }, 0);
      this.#missing.inc({ topic, cause }, 0);
    }
  }

  failed(topic: string, partition: number, reason: string): void {
    this.#errors.inc({ topic, partition, reason });
    this.#flow.failed('receiving', 'TACTUS_KAFKA_UNAVAILABLE');
  }

  gap(topic: string, cause: GapCause, records: number): void {
    this.#gaps.inc({ topic, cause });
    this.#missing.inc({ topic, cause }, records);
  }
}
