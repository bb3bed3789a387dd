import type { Alert, AlertControl } from '../../schemas/types.js';
import type { Millis } from '../core/clock.js';
import { isoTime } from '../core/iso-time.js';
import { Lru } from '../core/lru.js';
import { controlKey } from '../wire/control-key.js';
import { type Matcher, matchesAll, parseMatcher, selectsAll } from './matcher.js';
import { isMute, Mutes } from './mutes.js';

interface Silence {
  readonly control: AlertControl;
  readonly matchers: readonly Matcher[];
  /** Instructions of its patterns. */
  readonly size: number;
}

interface Acknowledgement {
  readonly at: Millis;
  /** '' for any. */
  readonly tenantId: string;
}

/** A silence that is not in force though its time has not passed. */
interface Ignored {
  readonly control: AlertControl;
  readonly reason: string;
}

/** Most silences in force, and the most instructions of all their patterns: every alert is tried with them. */
const MAX_SILENCES = 10_000;
const MAX_INSTRUCTIONS = 20_000;
/** Those of one tenant have at most this part of both, so that it leaves room for the others. */
const PART_OF_TENANT = 0.1;
/** Most acknowledgements; beyond, the oldest is forgotten, and its alert, if it still fires, notified of again. */
const MAX_ACKNOWLEDGEMENTS = 10_000;

/** Silences and acknowledgements in force, from `control.alerts`. */
export class Controls {
  readonly #silences = new Map<string, Silence>();
  readonly #ignored = new Map<string, Ignored>();
  /** The latest of each fingerprint. */
  readonly #acknowledged = new Lru<string, Acknowledgement>(MAX_ACKNOWLEDGEMENTS);
  /** By tenant, '' for those of all: how many silences are in force, and their instructions. */
  readonly #used = new Map<string, { silences: number; instructions: number }>();
  #instructions = 0;

  /**
   * The latest record of a key; null when it is gone.
   *
   * @returns what somebody should know of the record, such as why it is ignored; null for nothing
   */
  changed(key: string, control: AlertControl | null, now: Millis): string | null {
    this.#drop(key);
    this.#ignored.delete(key);
    // That of anomalies is for others.
    if (control !== null && isMute(control)) return null;
    if (control?.kind === 'acknowledgement') {
      this.#acknowledged.set(keyOf(key), { at: control.createdAt, tenantId: control.tenantId });
      return null;
    }
    this.#acknowledged.delete(keyOf(key));
    if (control === null || control.endsAt <= now) return null;
    const silence = this.#read(control, now);
    if (typeof silence === 'string') {
      if (this.#ignored.size < MAX_SILENCES) this.#ignored.set(key, { control, reason: silence });
      return ignoredText({ control, reason: silence });
    }
    this.#keep(key, silence);
    return selectsAll(silence.matchers) ? allText(silence) : null;
  }

  /** Why a record could not be in force beside those that are; null where it can, or its time has passed. */
  problem(control: AlertControl, now: Millis): string | null {
    if (control.kind === 'acknowledgement' || control.endsAt <= now) return null;
    // One that is changed takes the place of itself.
    const key = controlKey.silence(control.id);
    const before = this.#silences.get(key);
    this.#drop(key);
    const silence = this.#read(control, now);
    if (before !== undefined) this.#keep(key, before);
    return typeof silence === 'string' ? ignoredText({ control, reason: silence }) : null;
  }

  silenced({ tenantId, labels }: Pick<Alert, 'tenantId' | 'labels'>, now: Millis): boolean {
    for (const { control, matchers } of this.#silences.values())
      if (
        isAbout(control, tenantId) &&
        now >= control.startsAt &&
        now < control.endsAt &&
        matchesAll(matchers, labels)
      )
        return true;
    return false;
  }

  /** True if the alert was acknowledged since it began to fire: an earlier one was for an earlier incident. */
  acknowledged({ fingerprint, tenantId }: Pick<Alert, 'fingerprint' | 'tenantId'>, since: Millis): boolean {
    const found = this.#acknowledged.get(fingerprint);
    return found !== undefined && found.at >= since && isAbout(found, tenantId);
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
    const silence = { control, matchers, size };
    if (this.#full(silence) !== null) this.expire(now);
    return this.#full(silence) ?? silence;
  }

  /** Why there is no room for it; null where there is. */
  #full({ control: { tenantId }, size }: Silence): string | null {
    const refused = (whose: string, silences: number, instructions: number, part: number) => {
      const [most, mostInstructions] = [MAX_SILENCES * part, MAX_INSTRUCTIONS * part];
      if (silences < most && instructions + size <= mostInstructions) return null;
      return `${whose} in force may have at most ${most} in number and ${mostInstructions} instructions in their patterns: end others`;
    };
    const all = refused('all silences', this.#silences.size, this.#instructions, 1);
    if (all !== null || tenantId === '') return all;
    const { silences, instructions } = this.#used.get(tenantId) ?? { silences: 0, instructions: 0 };
    return refused(
      `silences of tenant ${tenantId.slice(0, MAX_SHOWN)}`,
      silences,
      instructions,
      PART_OF_TENANT,
    );
  }

  #keep(key: string, silence: Silence): void {
    this.#silences.set(key, silence);
    this.#count(silence, 1);
  }

  #drop(key: string): void {
    const silence = this.#silences.get(key);
    if (silence === undefined) return;
    this.#silences.delete(key);
    this.#count(silence, -1);
  }

  /** Adds a silence to what is in force, or takes it away. */
  #count({ control: { tenantId }, size }: Silence, times: 1 | -1): void {
    this.#instructions += times * size;
    const used = this.#used.get(tenantId) ?? { silences: 0, instructions: 0 };
    used.silences += times;
    used.instructions += times * size;
    if (used.silences === 0) this.#used.delete(tenantId);
    else this.#used.set(tenantId, used);
  }
}

/**
 * Why a silence, a mute or an acknowledgement could not be in force, if there were no others; null where it can.
 *
 * @param now its time is measured by
 */
export function controlProblem(control: AlertControl, now: Millis): string | null {
  if (isMute(control)) return control.endsAt <= now ? null : new Mutes().problem(control, now);
  return new Controls().problem(control, now);
}

/** Which of some alerts a silence hides while it lasts. */
export function hiddenBy<A extends Pick<Alert, 'tenantId' | 'labels'>>(
  silence: { readonly matchers: readonly Matcher[]; readonly tenantId: string },
  alerts: readonly A[],
): A[] {
  return alerts.filter(
    ({ tenantId, labels }) => isAbout(silence, tenantId) && matchesAll(silence.matchers, labels),
  );
}

/** Characters that are shown of a text of the record. */
const MAX_SHOWN = 100;

/** Whether a decision counts for the alerts of a tenant. */
export function isAbout({ tenantId: own }: { readonly tenantId: string }, tenantId: string): boolean {
  return own === '' || own === tenantId;
}

function nameOf({ id, author }: AlertControl): string {
  return `silence ${id.slice(0, MAX_SHOWN)} of ${author.slice(0, MAX_SHOWN)}`;
}

function ignoredText({ control, reason }: Ignored): string {
  return `${nameOf(control)} is ignored: ${reason}`;
}

function allText({ control }: Silence): string {
  const { tenantId } = control;
  const whose = tenantId === '' ? '' : ` of tenant ${tenantId.slice(0, MAX_SHOWN)}`;
  return `${nameOf(control)} suppresses about all alerts${whose} until ${isoTime(control.endsAt)}`;
}

/** The fingerprint that a key of an acknowledgement names. */
function keyOf(key: string): string {
  const prefix = controlKey.acknowledgement('');
  return key.startsWith(prefix) ? key.slice(prefix.length) : key;
}
