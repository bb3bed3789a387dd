import type { TopicName } from '../../topics/names.js';
import type { Stage } from '../core/stage.js';
import type { ValueDecoder } from '../ports/codec.js';
import type { ArrivalOrder } from './arrival-order.js';

/** How the records of one input topic are processed. */
export interface StageBinding<State> {
  readonly stage: Stage<State>;
  /** Its schemas are fetched before a batch reaches the stage. */
  readonly decoder: ValueDecoder<unknown>;
  /**
   * A number that changes with the configuration of the stage. Partitions then commit and restore
   * their state, as after a restart.
   */
  readonly version?: () => number;
  /**
   * Asks for what the stage has stopped for in a partition. Does not reject, and not take long: the partition waits. The
   * others go on meanwhile.
   */
  readonly ask?: (partition: number) => Promise<void>;
  /** Where the stage's `changes` are written; has as many partitions as the input topic. */
  readonly changelog?: TopicName;
  /** The output whose readers learn the stage's time. */
  readonly timeTo?: TopicName;
  /** Its partitions are read in the order of arrival, as long as they are in one process; by default each at its own pace. */
  readonly order?: ArrivalOrder;
}

/** Erases the state's type, which is the stage's own affair: the runner only passes the state on. */
export function bind<State>(binding: StageBinding<State>): StageBinding<never> {
  return binding as unknown as StageBinding<never>;
}
