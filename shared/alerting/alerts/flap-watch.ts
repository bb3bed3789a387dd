import type { Alert } from '../../../schemas/types.js';
import type { Millis } from '../../core/clock.js';
import type { StateChange } from '../../core/stage.js';
import { SharedRoom } from '../../core/tenant-shares.js';
import type { Series } from '../../wire/series.js';
import { changed, EVALUATIONS, evaluated, type FlapState, flapPercent, STEADY } from '../rules/flapping.js';
import {
  alertLabels,
  FLAPPING_ANNOTATION,
  FLAPPING_ENDED_ANNOTATION,
  fingerprintOf,
  type Rule,
} from '../rules/rule.js';

/** What is remembered of an alert whose state has changed lately. */
interface Watched extends FlapState {
  readonly rule: string;
  readonly tenantId: string;
  /** Event time of the latest evaluation. */
  readonly at: Millis;
  /** While it flaps: its latest record that is firing or resolved, and the one that is pending since; neither has the mark. */
  readonly last: Alert | null;
  readonly pending: Alert | null;
}

export interface FlapWatchOptions {
  /** Rules in force by their names. */
  readonly rules: ReadonlyMap<string, Rule>;
  readonly stale: (rule: Rule) => Millis;
  readonly maxAlerts: number;
  readonly dropped: (why: 'full' | 'share') => void;
  readonly observer: { flaps(change: 'started' | 'stopped'): void };
}

/** What is not evaluated for so many times its `staleAfter` does not flap. */
const SILENT_TIMES = 10;
const PREFIX = 'f|';

/**
 * Marks the alerts that flap, of the rules that ask for it: a pure function of the evaluations and changes of state, in event time. An alert is
 * remembered from a change of its state until none of the latest evaluations has changed it.
 */
export class FlapWatch {
  readonly #watched = new Map<string, Watched>();
  readonly #changed = new Set<string>();
  readonly #room: SharedRoom;

  private constructor(private readonly options: FlapWatchOptions) {
    this.#room = new SharedRoom(options.maxAlerts);
  }

  /** Null where no rule asks what flaps and nothing of before is in the changelog. @param keys of it, without the input; null for others */
  static of(keys: readonly (string | null)[], options: FlapWatchOptions): FlapWatch | null {
    const isAsked = [...options.rules.values()].some(({ flapping }) => flapping !== null);
    return isAsked || keys.some((key) => key?.startsWith(PREFIX)) ? new FlapWatch(options) : null;
  }

  /** Restores an entry of the changelog; false if it belongs to another class. */
  load(key: string, bytes: Buffer): boolean {
    if (!key.startsWith(PREFIX)) return false;
    this.#watched.set(key.slice(PREFIX.length), JSON.parse(bytes.toString('utf8')) as Watched);
    return true;
  }

  /** Event time of the latest evaluation that is remembered, of those that are not ahead of the clock. */
  latest(now: Millis): Millis {
    let latest = 0;
    for (const { at } of this.#watched.values()) if (at <= now) latest = Math.max(latest, at);
    return latest;
  }

  /** How many alerts flap. */
  get flapping(): number {
    let count = 0;
    for (const { isFlapping } of this.#watched.values()) if (isFlapping) count++;
    return count;
  }

  /** A rule is evaluated on a series, at an event time. @returns what is to be written where its alert stops flapping by that */
  evaluated(rule: Rule, series: Series, at: Millis, now: Millis): readonly Alert[] {
    const { flapping: thresholds } = rule;
    if (thresholds === null || this.#watched.size === 0) return [];
    const fingerprint = fingerprintOf(rule.name, series.tenantId, alertLabels(rule, series));
    const known = this.#watched.get(fingerprint);
    if (known === undefined || at <= known.at) return [];
    const next = { ...known, ...evaluated(known, thresholds), at };
    if (known.isFlapping && !next.isFlapping)
      return this.#stops(fingerprint, next, `less than ${thresholds.low} % of ${LATEST}`, now);
    this.#keep(fingerprint, next);
    return [];
  }

  /** A change of state, at an event time, that is about to be written. @returns it with the mark if the alert flaps */
  marked(alert: Alert, at: Millis): Alert {
    const { fingerprint, rule, tenantId } = alert;
    const thresholds = this.options.rules.get(rule)?.flapping ?? null;
    const known = this.#watched.get(fingerprint);
    const { resolution } = alert.annotations;
    if (thresholds === null || resolution === 'rule_changed' || resolution === 'rule_removed') {
      if (known !== undefined) this.#forget(fingerprint, known);
      return alert;
    }
    if (alert.state === 'pending' || resolution === 'never_fired') {
      if (known === undefined || !known.isFlapping) return alert;
      this.#keep(fingerprint, { ...known, pending: alert.state === 'pending' ? alert : null });
      return alert;
    }
    if (known === undefined && this.#isFull(tenantId)) return alert;
    const before = known ?? { ...STEADY, rule, tenantId, at, last: null, pending: null };
    const state = changed(before, thresholds);
    this.#keep(fingerprint, {
      ...{ ...before, ...state, pending: null },
      last: state.isFlapping ? alert : null,
    });
    if (!state.isFlapping) return alert;
    if (!before.isFlapping) this.options.observer.flaps('started');
    const text = `${Math.round(flapPercent(state))} % of ${LATEST}`;
    return { ...alert, annotations: { ...alert.annotations, [FLAPPING_ANNOTATION]: text } };
  }

  /** What is to be written of alerts that are not evaluated any more, up to an event time, or whose rule does not ask for it any more. */
  sweep(time: Millis, now: Millis): readonly Alert[] {
    const stopped: Alert[] = [];
    for (const [fingerprint, known] of this.#watched) {
      const rule = this.options.rules.get(known.rule);
      const isWatched = rule !== undefined && rule.flapping !== null;
      if (isWatched && time - known.at < SILENT_TIMES * this.options.stale(rule)) continue;
      if (known.isFlapping)
        stopped.push(...this.#stops(fingerprint, known, 'it is not evaluated any more', now));
      this.#forget(fingerprint, { ...known, isFlapping: false });
    }
    return stopped;
  }

  drain(): StateChange[] {
    const changes = [...this.#changed].map((fingerprint): StateChange => {
      const known = this.#watched.get(fingerprint);
      const value = known === undefined ? null : Buffer.from(JSON.stringify(known));
      return { key: PREFIX + fingerprint, value };
    });
    this.#changed.clear();
    return changes;
  }

  #stops(fingerprint: string, known: Watched, text: string, now: Millis): Alert[] {
    this.options.observer.flaps('stopped');
    this.#keep(fingerprint, { ...known, isFlapping: false, last: null, pending: null });
    const ended = (alert: Alert) => ({
      ...{ ...alert, updatedAt: now },
      annotations: { ...alert.annotations, [FLAPPING_ENDED_ANNOTATION]: text },
    });
    // What is pending comes last: it is what the alert is now.
    return [known.last, known.pending].filter((alert) => alert !== null).map(ended);
  }

  #keep(fingerprint: string, next: Watched): void {
    if (next.changes === 0 && !next.isFlapping) {
      this.#forget(fingerprint, next);
      return;
    }
    if (this.#room.counting && !this.#watched.has(fingerprint)) this.#room.added(next.tenantId);
    this.#watched.set(fingerprint, next);
    this.#changed.add(fingerprint);
  }

  #forget(fingerprint: string, { tenantId, isFlapping }: Watched): void {
    if (!this.#watched.delete(fingerprint)) return;
    if (isFlapping) this.options.observer.flaps('stopped');
    this.#room.removed(tenantId, this.#watched.size);
    this.#changed.add(fingerprint);
  }

  #isFull(tenantId: string): boolean {
    const tenants = () => Array.from(this.#watched.values(), (known) => known.tenantId);
    const why = this.#room.refuses(tenantId, this.#watched.size, tenants);
    if (why !== null) this.options.dropped(why);
    return why !== null;
  }
}

const LATEST = `the last ${EVALUATIONS} evaluations changed its state`;
