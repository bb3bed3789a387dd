import type { OffsetSource } from '../../../../services/batch/reconcile/stream-progress.js';
import { NOON } from '../../sink/samples.js';

/** A stream that is at rest: all that is in its log has been processed and stored. */
export class Rest implements OffsetSource {
  stores = true;
  snapshots = 0;
  /** Called at each snapshot: what is still on its way then. */
  arriving: () => Promise<void> = async () => undefined;

  async snapshot() {
    this.snapshots += 1;
    await this.arriving();
    const position = { next: 10, time: { highest: NOON, time: NOON }, since: null };
    return {
      partitions: [{ partition: 0, low: 0, high: 10, committed: { offset: 10, position } }],
      sinkOffsets: new Map(),
    };
  }

  async stored() {
    return this.stores;
  }
}
