import type { Tenants } from '../../shared/admission/tenants.js';
import { type RecordSegment, VALUE_LENGTH, VALUE_START } from '../../shared/core/record-batch.js';
import { TenantPlace } from './tenant-place.js';

/** Of whoever has nothing set. */
export const EQUAL = { weight: 1, priority: 0 };

/**
 * What a partition may ask for beside the others, by weight and priority of the tenants whose records it carries: their
 * mean. One record of each segment is looked at, which is what one producer sent at once; and none as long as nobody has a
 * weight or a priority.
 */
export class PartitionClaim {
  current: { readonly weight: number; readonly priority: number } = EQUAL;
  readonly #place: TenantPlace;

  /** @param before see {@link TenantPlace} */
  constructor(
    private readonly tenants: Pick<Tenants, 'ranked' | 'rankOf'>,
    before: number,
  ) {
    this.#place = new TenantPlace(before);
  }

  /** Takes the records that were read last. */
  look(segments: readonly RecordSegment[]): void {
    if (!this.tenants.ranked) {
      this.current = EQUAL;
      return;
    }
    let [records, weights, priorities] = [0, 0, 0];
    for (const { bytes, places, length } of segments) {
      if (!this.#place.find(bytes, places[VALUE_START] as number, places[VALUE_LENGTH] as number)) continue;
      const { weight, priority } = this.tenants.rankOf(
        bytes.toString('utf8', this.#place.start, this.#place.end),
      );
      records += length;
      weights += length * weight;
      priorities += length * priority;
    }
    if (records === 0) return;
    this.current = { weight: weights / records, priority: Math.round(priorities / records) };
  }
}
