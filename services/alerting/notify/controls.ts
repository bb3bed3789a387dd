import type { Alert, AlertControl } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { Lru } from '../../../shared/core/lru.js';
import { type Labels, type Matcher, matchesAll, parseMatcher, selectsAll } from './routing.js';

interface Silence {
  readonly control: AlertControl;
  readonly matchers: readonly Matcher[];
  /** Instructions of its patterns. */
  readonly size: number;
}

/** A silence that is not in force though its time has not passed. */
interface Ignored {
  readonly control: AlertControl;
  readonly reason: string;
}

/** Most silences in force, and the most instructions of all their patterns: every alert is tried with them. */
const MAX_SILENCES = 10_000;
const MAX_INSTRUCTIONS = 20_000;
/** Most acknowledgements; beyond, the oldest is forgotten, and its alert, if it still fires, notified of again. */
const MAX_ACKNOWLEDGEMENTS = 10_000;

/** Silences and acknowledgements in force, from `control.alerts`. */
export class Controls {
  readonly #silences = new Map<string, Silence>();
  readonly #ignored = new Map<string, Ignored>();
  /** When each fingerprint was acknowledged last. */
  readonly #acknowledged = new Lru<string, Millis>(MAX_ACKNOWLEDGEMENTS);
  #instructions = 0;

  /**
   * The latest record of a key; null when it is gone.
   *
   * @returns what somebody should know of the record, such as why it is ignored; null for nothing
   */
  changed(key: string, control: AlertControl | null, now: Millis): string | null {
    this.#drop(key);
    this.#ignored.delete(key);
    if (control?.kind === 'acknowledgement') {
      this.#acknowledged.set(keyOf(key), control.createdAt);
      return null;
    }
    this.#acknowledged.delete(keyOf(key));
    if (control === null || control.endsAt <= now) return null;
    const silence = this.#read(control, now);
    if (typeof silence === 'string') {
      if (this.#ignored.size < MAX_SILENCES) this.#ignored.set(key, { control, reason: silence });
      return ignoredText({ control, reason: silence });
    }
    this.#silences.set(key, silence);
    this.#instructions += silence.size;
    return selectsAll(silence.matchers) ? allText(silence) : null;
  }

  silenced(labels: Labels, now: Millis): boolean {
    for (const { control, matchers } of this.#silences.values())
      if (now >= control.startsAt && now < control.endsAt && matchesAll(matchers, labels)) return true;
    return false;
  }

  /** True if the alert was acknowledged since it began to fire: an earlier one was for an earlier incident. */
  acknowledged({ fingerprint }: Pick<Alert, 'fingerprint'>, since: Millis): boolean {
    return (this.#acknowledged.get(fingerprint) ?? Number.NEGATIVE_INFINITY) >= since;
  }

  /** Instructions of all patterns that an alert is tried with, at least 1. */
  get effort(): number {
    return 1 + this.#instructions;
  }

  get size(): { readonly inForce: number; readonly ignored: number } {
    return { inForce: this.#silences.size, ignored: this.#ignored.size };
  }

  /** What is to be known of the silences whose time has not passed: those ignored, and those of all alerts. */
  remarks(now: Millis): string[] {
    this.expire(now);
    const all = [...this.#silences.values()].filter(({ matchers }) => selectsAll(matchers));
    return [...[...this.#ignored.values()].map(ignoredText), ...all.map(allText)];
  }

  /** Forgets the silences whose time has passed. */
  expire(now: Millis): void {
    for (const [key, { control }] of this.#silences) if (control.endsAt <= now) this.#drop(key);
    for (const [key, { control }] of this.#ignored) if (control.endsAt <= now) this.#ignored.delete(key);
  }

  /** The silence, or why it cannot be in force. */
  #read(control: AlertControl, now: Millis): Silence | string {
    const { matchers: texts } = control;
    // None at all would hide everything.
    if (texts.length === 0) return 'it has no matcher';
    const matchers: Matcher[] = [];
    for (const text of texts) {
      const matcher = parseMatcher(text);
      // Leaving it out would widen the silence.
      if (typeof matcher === 'string') return `its matcher ${text.slice(0, 200)} must be ${matcher}`;
      matchers.push(matcher);
    }
    const size = matchers.reduce((sum, matcher) => sum + matcher.size, 0);
    const full = () => this.#silences.size >= MAX_SILENCES || this.#instructions + size > MAX_INSTRUCTIONS;
    if (full()) this.expire(now);
    if (full())
      return `all silences in force may have at most ${MAX_SILENCES} in number and ${MAX_INSTRUCTIONS} instructions in their patterns: end others`;
    return { control, matchers, size };
  }

  #drop(key: string): void {
    this.#instructions -= this.#silences.get(key)?.size ?? 0;
    this.#silences.delete(key);
  }
}

/** Characters that are shown of a text of the record. */
const MAX_SHOWN = 100;

function nameOf({ id, author }: AlertControl): string {
  return `silence ${id.slice(0, MAX_SHOWN)} of ${author.slice(0, MAX_SHOWN)}`;
}

function ignoredText({ control, reason }: Ignored): string {
  return `${nameOf(control)} is ignored: ${reason}`;
}

function allText({ control }: Silence): string {
  return `${nameOf(control)} suppresses about all alerts until ${isoTime(control.endsAt)}`;
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
