import { TactusError } from '../../../../shared/core/errors.js';
import type { FormatRequest } from '../format.js';
import type { Outcome } from '../outcome.js';
import type { Item } from './body.js';
import { FieldError, type Fields, tenantOf } from './fields.js';

/**
 * Reads items one after the other; one that is bad is refused, and the others go on.
 *
 * @param read gives the fields of an item
 * @param take is called with them, and with the tenant that the item is for
 * @throws TactusError `TACTUS_NOT_ALLOWED` when the key is not for the tenant of an item
 */
export function readItems(
  items: readonly Item[],
  request: FormatRequest,
  outcome: Outcome,
  read: (value: unknown, index: number) => Fields,
  take: (fields: Fields, tenantId: string, index: number) => void,
): void {
  for (const [index, item] of items.entries()) {
    if ('problem' in item) {
      outcome.refuse(index, { code: 'TACTUS_BODY_UNDECODABLE', message: `no JSON: ${item.problem}` });
      continue;
    }
    try {
      const fields = read(item.value, index);
      const tenantId = tenantOf(fields, request);
      if (tenantId === null)
        throw new TactusError(
          'TACTUS_NOT_ALLOWED',
          `item ${index} is for tenant ${JSON.stringify(fields.tenantId)}, which the key is not for`,
        );
      take(fields, tenantId, index);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      outcome.refuse(index, error.rejection);
    }
  }
}

/** Passes on what has no id that was accepted before in the same request. */
export class WithoutDuplicates {
  readonly #seen = new Set<string>();

  constructor(private readonly outcome: Outcome) {}

  /**
   * @param id the item's own; null without one
   * @param take is called unless it came before; false for an item that is refused, whose id may come again
   */
  take(tenantId: string, id: string | null, take: () => boolean): void {
    const key = `${tenantId}\u0000${id}`;
    if (id !== null && this.#seen.has(key)) this.outcome.duplicates += 1;
    else if (take() && id !== null) this.#seen.add(key);
  }
}
