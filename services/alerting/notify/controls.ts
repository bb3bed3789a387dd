import type { Alert, AlertControl } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import { type Matcher, matchesAll, parseMatcher } from './routing.js';

interface Silence {
  readonly matchers: readonly Matcher[];
  readonly startsAt: Millis;
  readonly endsAt: Millis;
}

/** Most controls kept; each is made by a person, so there are few. */
const MAX_CONTROLS = 10_000;

/** Silences and acknowledgements in force, from `control.alerts`. */
export class Controls {
  readonly #silences = new Map<string, Silence>();
  /** When each fingerprint was acknowledged last. */
  readonly #acknowledged = new Map<string, Millis>();

  /** The latest record of a key; null when it is gone. */
  changed(key: string, control: AlertControl | null): void {
    this.#silences.delete(key);
    if (control === null || control.kind !== 'acknowledgement') this.#acknowledged.delete(keyOf(key));
    if (control === null || this.#silences.size + this.#acknowledged.size >= MAX_CONTROLS) return;
    if (control.kind === 'acknowledgement') {
      this.#acknowledged.set(keyOf(key), control.createdAt);
      return;
    }
    const matchers = control.matchers.map(parseMatcher).filter((matcher) => matcher !== null);
    // Leaving an unreadable matcher out would widen the silence, and none at all would hide everything.
    if (matchers.length === 0 || matchers.length < control.matchers.length) return;
    this.#silences.set(key, { matchers, startsAt: control.startsAt, endsAt: control.endsAt });
  }

  silenced(labels: Readonly<Record<string, string>>, now: Millis): boolean {
    for (const [key, { matchers, startsAt, endsAt }] of this.#silences) {
      if (now >= endsAt) this.#silences.delete(key);
      else if (now >= startsAt && matchesAll(matchers, labels)) return true;
    }
    return false;
  }

  /** True if the alert was acknowledged since it began to fire: an earlier one was for an earlier incident. */
  acknowledged({ fingerprint }: Pick<Alert, 'fingerprint'>, since: Millis): boolean {
    return (this.#acknowledged.get(fingerprint) ?? Number.NEGATIVE_INFINITY) >= since;
  }
}

const ACKNOWLEDGEMENT = 'ack|';
const SILENCE = 'silence|';

/** Keys of `control.alerts`. */
export const controlKey = {
  acknowledgement: (fingerprint: string) => ACKNOWLEDGEMENT + fingerprint,
  silence: (id: string) => SILENCE + id,
};

function keyOf(key: string): string {
  return key.startsWith(ACKNOWLEDGEMENT) ? key.slice(ACKNOWLEDGEMENT.length) : key;
}
