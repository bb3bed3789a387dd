import type { Clock } from '../core/clock.js';
import { traceIn } from '../core/trace-context.js';
import type { RefusedRecord } from '../ports/log.js';
import { type AboutFields, aboutFields } from '../process/log-fields.js';
import type { Logger } from '../process/logger.js';
import { tenantOfKey } from '../wire/series.js';
import type { PendingCommit } from './pending-commit.js';
import { RareWarning } from './rare-warning.js';

/** Outputs that Kafka does not take: they go to `dlq` instead, and their partition goes on. */
export class UnwritableOutputs {
  readonly #warning = new RareWarning();

  constructor(
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /**
   * @param cut what was sent
   * @param refused records of it
   * @returns true when the rest may be sent again with dead letters in their place
   */
  divert(cut: readonly PendingCommit[], refused: readonly RefusedRecord[] = []): boolean {
    const now = this.clock.now();
    const [first] = refused;
    const about = first === undefined ? {} : aboutOf(first);
    let diverted = 0;
    for (const pending of cut) {
      const own = refused.filter(({ batch }) => pending.outputs.includes(batch));
      if (own.length > 0 && !pending.divert(own, now)) return false;
      diverted += own.length;
    }
    if (diverted === 0) return false;
    const records = this.#warning.add(diverted, now);
    if (records > 0) {
      this.log.warn(
        { records, ...about },
        `${records} records went to dlq since the last such line because Kafka did not take them, this one among them: ${first?.message ?? ''}`,
      );
    }
    return true;
  }
}

/** Before a dead letter is in its place. */
function aboutOf({ batch, index }: RefusedRecord): AboutFields {
  const { key } = batch.record(index);
  const headers = batch.headersOf(index);
  return aboutFields(
    tenantOfKey(key?.toString() ?? ''),
    headers === null ? null : traceIn(headers, 0, headers.length),
  );
}
