import { randomUUID } from 'node:crypto';
import { Counter, type Registry } from 'prom-client';
import type { AuditRecord } from '../../schemas/types.js';
import { Codecs } from '../adapters/avro/codecs.js';
import { startProducer } from '../adapters/kafka/produce/producer.js';
import type { Millis } from '../core/clock.js';
import type { ValueEncoder } from '../ports/codec.js';
import type { Access, KeyRefusal } from '../ports/keys.js';
import type { Producer } from '../ports/log.js';
import type { WorkerContext } from '../process/context.js';
import { BoundedRefusals, type OmittedRefusals } from '../security/bounded-refusals.js';

/** Records that wait while Kafka does not answer; further refusals are counted for the summary. */
const MAX_WAITING = 1_000;
const SUMMARY_CHECK_MS = 10_000;
/** Characters of what comes from outside. */
const MAX_TEXT = 200;

/** What is written down; the trail adds id and time. */
export type AuditEntry = Omit<AuditRecord, 'id' | 'timestamp' | 'details'> & {
  readonly details?: AuditRecord['details'];
};

/** What is refused, and to whom. */
export type Refused = Pick<AuditEntry, 'action' | 'user' | 'tenantId'> & { readonly reason: string };

/** A record of the topic `audit`. */
export function auditRecord({ details = {}, ...entry }: AuditEntry, timestamp: Millis): AuditRecord {
  return { id: randomUUID(), ...entry, timestamp, details };
}

/** The metrics of what goes to `audit`. */
export function auditTelemetry(register: Registry): (outcome: 'written' | 'omitted', count?: number) => void {
  const records = new Counter({
    name: 'tactus_audit_refusals_total',
    help: 'Refusals of access that were written to audit as a record each, or omitted because there were too many: these are in a summary once a minute',
    labelNames: ['outcome'],
    registers: [register],
  });
  return (outcome, count = 1) => records.inc({ outcome }, count);
}

/** Writes refusals of access to `audit`, at a bounded rate and with bounded memory, and delays nobody. */
export class AuditTrail {
  readonly #bound = new BoundedRefusals();
  readonly #timer: NodeJS.Timeout;
  #waiting: AuditRecord[] = [];
  #sending: Promise<void> | null = null;

  constructor(
    private readonly options: {
      readonly encoder: ValueEncoder<AuditRecord>;
      readonly producer: Producer;
      readonly clock: WorkerContext['clock'];
      readonly log: WorkerContext['log'];
      readonly counted: ReturnType<typeof auditTelemetry>;
    },
  ) {
    this.#timer = setInterval(() => this.#summarize(false), SUMMARY_CHECK_MS);
    this.#timer.unref();
  }

  /** A key that is refused. */
  refused({ refused: reason, keyId }: KeyRefusal, access: Access, tenantId = ''): void {
    const user = keyId === null ? '' : `key:${keyId}`;
    this.refusedTo({ reason, action: 'access', user, tenantId }, access);
  }

  /** Any refusal; `reason` is one of few. */
  refusedTo({ reason, ...entry }: Refused, { resource, from }: Access): void {
    const { clock, counted } = this.options;
    if (this.#waiting.length >= MAX_WAITING) this.#bound.omit(reason);
    else if (this.#bound.admit(reason, clock.now())) {
      counted('written');
      const details = { reason, from: from.slice(0, MAX_TEXT) };
      this.#add({ ...entry, resource: resource.slice(0, MAX_TEXT), outcome: 'refused', details });
      return;
    }
    counted('omitted');
    this.#summarize(false);
  }

  /** What was done; where far too much waits for Kafka, it is in the log. */
  done(entry: Omit<AuditEntry, 'outcome'>): void {
    if (this.#waiting.length < 2 * MAX_WAITING) this.#add({ ...entry, outcome: 'done' });
    else this.options.log.error({ entry }, `a record of audit is lost: ${entry.action} of ${entry.resource}`);
  }

  /** Sends what waits. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#summarize(true);
    await this.#sending;
    await this.options.producer.close();
  }

  #summarize(last: boolean): void {
    const omitted = this.#bound.summary(this.options.clock.now(), last);
    if (omitted !== null)
      this.#add({
        tenantId: '',
        action: 'access',
        user: '',
        resource: '',
        outcome: 'refused',
        details: inWords(omitted),
      });
  }

  #add(entry: AuditEntry): void {
    this.#waiting.push(auditRecord(entry, this.options.clock.now()));
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
    });
  }

  async #send(): Promise<void> {
    const { encoder, producer, log } = this.options;
    while (this.#waiting.length > 0) {
      const records = this.#waiting;
      this.#waiting = [];
      try {
        await producer.send(
          records.map((record) => ({ topic: 'audit', key: record.tenantId, value: encoder.encode(record) })),
        );
      } catch (error) {
        log.error({ error, records: records.length }, `${records.length} records of audit were not written`);
      }
    }
  }
}

/** The details of a summary. */
function inWords(omitted: OmittedRefusals): AuditRecord['details'] {
  return Object.fromEntries([...omitted].map(([reason, count]) => [`omitted.${reason}`, `${count}`]));
}

/** Opens the trail of a worker. Waits for servers. */
export async function openAuditTrail(context: WorkerContext): Promise<AuditTrail> {
  const { clock, log, metrics } = context;
  const encoder = await new Codecs(context).encoder('audit');
  const producer = await startProducer(context);
  return new AuditTrail({ encoder, producer, clock, log, counted: auditTelemetry(metrics) });
}
