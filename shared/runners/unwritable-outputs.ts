import type { Clock } from '../core/clock.js';
import type { RefusedRecord } from '../ports/log.js';
import type { Logger } from '../process/logger.js';
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
    let diverted = 0;
    for (const pending of cut) {
      const own = refused.filter(({ batch }) => pending.outputs.includes(batch));
      if (own.length > 0 && !pending.divert(own, now)) return false;
      diverted += own.length;
    }
    if (diverted === 0) return false;
    const records = this.#warning.add(diverted, now);
    if (records > 0) {
      const { message = '' } = refused[0] ?? {};
      this.log.warn(
        { records },
        `${records} records went to dlq since the last such line because Kafka did not take them, this one among them: ${message}`,
      );
    }
    return true;
  }
}
