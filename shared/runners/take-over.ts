import { partitionKey } from '../core/partition-key.js';
import type { Checkpoint } from '../core/stage.js';
import type { AssignedPartition, WorkerTransactions } from '../ports/log.js';

type Checkpoints = ReadonlyMap<string, Checkpoint | null>;

/** Partitions that are opened at the same time are taken over with one question to the group's coordinator. */
export class TakeOver {
  #asked: { readonly partitions: AssignedPartition[]; readonly answer: Promise<Checkpoints> } | null = null;

  /**
   * @param taken is called between the coordinator's answer and ours
   * @param stopping ends the waiting for other owners' transactions
   */
  constructor(
    private readonly transactions: Pick<WorkerTransactions, 'takeOver'>,
    private readonly taken: () => void,
    private readonly stopping: AbortSignal,
  ) {}

  /** The committed checkpoint, once no earlier owner can change it. */
  async of(partition: AssignedPartition): Promise<Checkpoint | null> {
    this.#asked ??= this.#ask();
    const { partitions, answer } = this.#asked;
    partitions.push(partition);
    return (await answer).get(partitionKey(partition)) ?? null;
  }

  #ask() {
    const partitions: AssignedPartition[] = [];
    const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      this.#asked = null;
      const checkpoints = await this.transactions.takeOver(partitions, this.stopping);
      this.taken();
      return checkpoints;
    });
    return { partitions, answer };
  }
}
