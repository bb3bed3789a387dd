import { Counter, type Registry } from 'prom-client';
import { TactusError } from '../core/errors.js';
import { perRegistry } from './per-registry.js';

/** Where in a worker something happened: while it took records in, worked on them, or passed them on. */
export type FlowStage = 'receiving' | 'processing' | 'sending';

const STAGES: readonly FlowStage[] = ['receiving', 'processing', 'sending'];
const NONE: ReadonlySet<number> = new Set();
/** One instance per process. */
export const flowTelemetry = perRegistry((register) => new FlowTelemetry(register));

/** What every worker counts, whatever it does: records that came, records that went, errors, and what was left out. */
export class FlowTelemetry {
  readonly #received;
  readonly #sent;
  readonly #errors;
  readonly #dropped;
  #in = 0;
  #out = 0;

  constructor(register: Registry) {
    const registers = [register];
    this.#received = new Counter({
      name: 'tactus_records_received_total',
      help: 'Records read from a topic by a consumer group; of the gateway items of requests, of the collector points read, of batch nothing, as it reads the database',
      labelNames: ['stage', 'group', 'topic'],
      registers,
    });
    this.#sent = new Counter({
      name: 'tactus_records_sent_total',
      help: 'Records written to a topic and acknowledged; of sinks rows, by target',
      labelNames: ['stage', 'topic', 'target'],
      registers,
    });
    this.#errors = new Counter({
      name: 'tactus_errors_total',
      help: 'Errors by stage (receiving, processing, sending) and code, those included after which the same is tried again',
      labelNames: ['stage', 'code'],
      registers,
    });
    this.#dropped = new Counter({
      name: 'tactus_records_dropped_total',
      help: 'Records that go no further and are in no dead letter, by stage and reason; duplicates included',
      labelNames: ['stage', 'reason'],
      registers,
    });
    // What is counted from 0 has a rate from the first record on.
    this.#received.inc({ stage: 'receiving' }, 0);
    this.#sent.inc({ stage: 'sending' }, 0);
    for (const stage of STAGES) {
      this.#errors.inc({ stage }, 0);
      this.#dropped.inc({ stage }, 0);
    }
  }

  /** How many records there have been: those received, or those sent of a worker that reads no topic. */
  get records(): number {
    return this.#in > 0 ? this.#in : this.#out;
  }

  /** @param from consumer group and topic without the prefix, where records come from Kafka */
  received(records: number, from: { readonly group?: string; readonly topic?: string } = {}): void {
    if (records <= 0) return;
    this.#in += records;
    this.#received.inc({ stage: 'receiving', ...from }, records);
  }

  sent(records: number, to: { readonly topic: string } | { readonly target: string }): void {
    if (records <= 0) return;
    this.#out += records;
    this.#sent.inc({ stage: 'sending', ...to }, records);
  }

  /**
   * @param batches the topics of records, one for each
   * @param missing places of those of the only batch that were not acknowledged
   */
  sentTo(batches: Iterable<readonly string[]>, missing: ReadonlySet<number> = NONE): void {
    const counts = new Map<string, number>();
    const add = (topic: string, records: number) => counts.set(topic, (counts.get(topic) ?? 0) + records);
    for (const topics of batches) {
      for (let i = 0; i < topics.length; ) {
        const topic = topics[i] as string;
        const start = i;
        while (topics[i] === topic) i += 1;
        add(topic, i - start);
      }
      for (const place of missing) add(topics[place] as string, -1);
    }
    for (const [topic, records] of counts) this.sent(records, { topic });
  }

  /** @param code out of few: an error code of Tactus, or the name of a kind */
  failed(stage: FlowStage, code: string): void {
    this.#errors.inc({ stage, code });
  }

  /** As {@link failed}, by the code of an error; what has none is `other`. */
  threw(stage: FlowStage, error: unknown): void {
    this.failed(stage, error instanceof TactusError ? error.code : 'other');
  }

  /** @param reason out of few */
  dropped(stage: FlowStage, reason: string, records: number): void {
    if (records > 0) this.#dropped.inc({ stage, reason }, records);
  }
}
