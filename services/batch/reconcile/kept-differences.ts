import { isExplained } from './finding.js';
import type { Difference } from './slot-comparison.js';

/** Of one tenant; the tally has how many there were. */
const MOST_OF_TENANT = 50;
const MOST = 1_000;

/** Some of the differences of a slot, for people to look at: those first that late points do not explain. */
export class KeptDifferences {
  readonly #unexplained = new Bounded();
  readonly #explained = new Bounded();

  add(differences: readonly Difference[]): void {
    for (const one of differences) (isExplained(one.finding) ? this.#explained : this.#unexplained).add(one);
  }

  all(): readonly Difference[] {
    const all = new Bounded();
    for (const one of [...this.#unexplained.taken, ...this.#explained.taken]) all.add(one);
    return all.taken;
  }
}

class Bounded {
  readonly taken: Difference[] = [];
  readonly #ofTenants = new Map<string, number>();

  add(one: Difference): void {
    const { tenantId } = one;
    const count = this.#ofTenants.get(tenantId) ?? 0;
    if (count >= MOST_OF_TENANT || this.taken.length >= MOST) return;
    this.#ofTenants.set(tenantId, count + 1);
    this.taken.push(one);
  }
}
