import type { Millis } from '../../../shared/core/clock.js';
import type { Cause, Tally } from '../../../shared/windows/tally.js';
import type { WindowFigures } from './figures.js';
import type { Finding } from './finding.js';
import { addFinding, tallyOf } from './tallies.js';

/** Identifies a window of a definition. */
export interface WindowKey {
  readonly start: Millis;
  readonly tenantId: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A window that differs from its stored points, or lacks late points. */
export interface Difference extends WindowKey {
  readonly window: string;
  /** Of a session that the stream has written. */
  readonly end?: Millis;
  readonly cause: Cause;
  readonly finding: Finding;
  readonly figures: WindowFigures;
}

/** The result of a slot's comparison, by tenant. */
export type SlotResult = ReadonlyMap<string, Tally>;

/** Accumulates the result of comparing the windows of a slot. */
export class SlotComparison {
  readonly tallies = new Map<string, Tally>();
  #differences: Difference[] = [];

  /** @param window name of the definition */
  constructor(private readonly window: string) {}

  add(key: WindowKey & { readonly end?: Millis }, figures: WindowFigures, finding: Finding): void {
    addFinding(tallyOf(this.tallies, key.tenantId), finding, figures.stream !== null);
    const { cause } = finding;
    if (cause !== null) this.#differences.push({ ...key, window: this.window, cause, finding, figures });
  }

  get differences(): readonly Difference[] {
    return this.#differences;
  }

  /** Returns the differences since the last call and forgets them. */
  takeDifferences(): readonly Difference[] {
    const differences = this.#differences;
    this.#differences = [];
    return differences;
  }

  /** Stored points of all tenants. */
  get points(): number {
    return [...this.tallies.values()].reduce((sum, { stored }) => sum + stored, 0);
  }
}
