import type { Millis } from '../../core/clock.js';
import type { StateChange } from '../../core/stage.js';
import { SharedRoom } from '../../core/tenant-shares.js';
import type { Series } from '../../wire/series.js';
import { isFor, type Rule } from '../rules/rule.js';

/** What is remembered of a series whose silence matters to a rule. */
interface Watched {
  readonly rule: Rule;
  readonly series: string;
  readonly subject: Series;
  readonly window: string;
  /** The time that others carry says nothing of it: its silence is measured by the wall clock. Not written where it does. */
  untimed?: true;
  /** No window of it was ever seen: its rule expects it, and was in force from `lastAt` on. Not written otherwise. */
  never?: true;
  /** The figure that the rule looks at, when it was last seen. */
  value: number;
  /** Event time of its last window. */
  lastAt: Millis;
  /** That time as the changelog has it: it is written now and then, not with every window. */
  savedAt: Millis;
  /** By how much later than `lastAt` it may have been seen last, which is not known after a restart. */
  mayBeLaterMs: Millis;
  /** Wall clock of the last window; null right after a restart, whose length is unknown. */
  seenAt: Millis | null;
}

/** As the changelog has it. */
interface Stored extends Omit<Watched, 'rule' | 'savedAt' | 'mayBeLaterMs' | 'seenAt'> {
  readonly rule: string;
}

/** A series that has been silent for longer than its rule allows. */
export interface Silence {
  readonly rule: Rule;
  readonly series: string;
  readonly subject: Series;
  readonly window: string;
  readonly value: number;
  readonly lastAt: Millis;
  readonly untimed: boolean;
  /** No window of it was ever seen, and the rule was in force from `lastAt` on. */
  readonly never: boolean;
  /** The present event time; estimated by the wall clock where it is not known. */
  readonly at: Millis;
}

/** How far the input has come. */
interface HowFar {
  readonly now: Millis;
  /**
   * Up to which end the windows of a definition have come; null where that is not known, then the wall clock `now`
   * measures, once all input has been read.
   */
  readonly ended: ((window: string) => Millis) | null;
  readonly readToEnd: boolean;
}

export interface SilenceWatchOptions {
  /** Those in force by their names. */
  readonly rules: ReadonlyMap<string, Rule>;
  readonly staleAfterMs: (rule: Rule) => Millis;
  /** Up to which end the windows of a definition had come before the restart; null where that is not known. */
  readonly restoredTo: ((window: string) => Millis) | null;
  readonly maxSeries: number;
  /** A series that has been silent for this long is forgotten. */
  readonly forgetAfterMs: Millis;
  readonly dropped: (why: 'full' | 'share') => void;
}

/** Parts of `staleAfter` by which the saved time may lag behind. */
const SAVE_EVERY = 4;
const PREFIX = 'w|';

/** Of an entry of the changelog. @param series hash of its identity */
const keyOf = (rule: string, series: string) => `${PREFIX}${rule}|${series}`;

/** Remembers the series of rules with `noData: alert`, so that it is noticed when one goes silent. */
export class SilenceWatch {
  readonly #watched = new Map<string, Watched>();
  readonly #changed = new Set<string>();

  readonly #room: SharedRoom;

  constructor(private readonly options: SilenceWatchOptions) {
    this.#room = new SharedRoom(options.maxSeries);
  }

  /** Whether an entry of the changelog, without the input in its key, is one of this class's. */
  static owns(key: string | null): boolean {
    return key?.startsWith(PREFIX) ?? false;
  }

  /** Restores an entry of the changelog unless no rule asks for it any more; false if it belongs to another class. */
  load(key: string, bytes: Buffer): boolean {
    if (!SilenceWatch.owns(key)) return false;
    const saved = JSON.parse(bytes.toString('utf8')) as Stored;
    const { tenantId, metric } = saved.subject;
    const rule = this.options.rules.get(saved.rule);
    const isAsked = rule?.noData === 'alert' && rule.window === saved.window && isFor(rule, tenantId, metric);
    if (isAsked) {
      const { lastAt, never = false } = saved;
      const { staleAfterMs, restoredTo } = this.options;
      const passedMs = Math.max(0, (restoredTo?.(saved.window) ?? Number.POSITIVE_INFINITY) - lastAt);
      const mayBeLaterMs = never ? 0 : Math.min(staleAfterMs(rule) / SAVE_EVERY, passedMs);
      this.#watched.set(key, { ...saved, rule, savedAt: lastAt, mayBeLaterMs, seenAt: null });
    } else this.#changed.add(key);
    return true;
  }

  has(rule: string, series: string): boolean {
    return this.#watched.has(keyOf(rule, series));
  }

  /** After a restart: it was silent before, so it was not seen later than its time says. */
  wasSilent(rule: string, series: string): void {
    const watched = this.#watched.get(keyOf(rule, series));
    if (watched !== undefined) watched.mayBeLaterMs = 0;
  }

  /** @returns whether it is the first window of a series that was expected */
  seen(
    rule: Rule,
    staleAfterMs: Millis,
    about: Pick<Watched, 'series' | 'subject' | 'window' | 'value'> & {
      readonly at: Millis;
      readonly untimed: boolean;
    },
    now: Millis,
  ): boolean {
    const { series, at, value } = about;
    const key = keyOf(rule.name, series);
    const known = this.#watched.get(key);
    if (known === undefined) {
      const { subject, window, untimed } = about;
      const full = this.#room.refuses(subject.tenantId, this.#watched.size, () => this.#tenants());
      if (full !== null) {
        this.options.dropped(full);
        return false;
      }
      this.#room.added(subject.tenantId);
      const { tenantId, metric, tags } = subject;
      this.#watched.set(key, {
        ...{ rule, series, subject: { tenantId, metric, tags }, window, value, ...(untimed && { untimed }) },
        ...{ lastAt: at, savedAt: at, mayBeLaterMs: 0, seenAt: now },
      });
      this.#changed.add(key);
      return false;
    }
    known.seenAt = now;
    const isFirst = known.never === true;
    if (isFirst) {
      delete known.never;
      if (about.untimed) known.untimed = true;
      known.lastAt = at;
      this.#changed.add(key);
    }
    if (at <= known.lastAt) return isFirst;
    known.lastAt = at;
    known.value = value;
    known.mayBeLaterMs = 0;
    if (at - known.savedAt >= staleAfterMs / SAVE_EVERY) this.#changed.add(key);
    return isFirst;
  }

  /**
   * Watches a series that has to be there from now on, if it is not watched yet.
   *
   * @param series hash of its identity
   */
  expect(rule: Rule, subject: Series, series: string, { now, ended, readToEnd }: HowFar): void {
    const key = keyOf(rule.name, series);
    if (this.#watched.has(key) || rule.window === null) return;
    const at = ended === null ? now : ended(rule.window);
    // Nobody knows yet what time it is.
    if (!Number.isFinite(at) || (ended === null && !readToEnd)) return;
    this.#room.added(subject.tenantId);
    this.#watched.set(key, {
      ...{ rule, series, subject, window: rule.window, never: true, value: 0 },
      ...{ lastAt: at, savedAt: at, mayBeLaterMs: 0, seenAt: now },
    });
    this.#changed.add(key);
  }

  /**
   * The series that are silent now. Those that have been silent for long are forgotten, unless they are expected, and
   * those that are not expected any more and were never seen: `forgotten` is called.
   */
  silent(
    { now, ended, readToEnd }: HowFar,
    isExpected: (rule: Rule, series: string) => boolean,
    forgotten: (rule: string, series: string) => void,
  ): Silence[] {
    const found: Silence[] = [];
    for (const [key, watched] of this.#watched) {
      const { rule, series } = watched;
      watched.seenAt ??= now;
      const byClock = ended === null || watched.untimed === true;
      if (byClock && !readToEnd) continue;
      const silentMs = byClock ? now - watched.seenAt : ended(watched.window) - watched.lastAt;
      const isOver = watched.never === true || silentMs >= this.options.forgetAfterMs;
      if (isOver && !isExpected(rule, series)) {
        this.#watched.delete(key);
        this.#room.removed(watched.subject.tenantId, this.#watched.size);
        this.#changed.add(key);
        forgotten(rule.name, series);
        continue;
      }
      if (silentMs >= this.options.staleAfterMs(rule) + (byClock ? 0 : watched.mayBeLaterMs)) {
        const { subject, window, untimed = false, never = false, value, lastAt } = watched;
        const at = lastAt + silentMs;
        found.push({ rule, series, subject, window, untimed, never, value, lastAt, at });
      }
    }
    return found;
  }

  *#tenants(): Generator<string> {
    for (const { subject } of this.#watched.values()) yield subject.tenantId;
  }

  drain(): StateChange[] {
    const changes = [...this.#changed].map((key): StateChange => {
      const watched = this.#watched.get(key);
      if (watched === undefined) return { key, value: null };
      watched.savedAt = watched.lastAt;
      const { rule, savedAt: _, seenAt: __, mayBeLaterMs: ___, ...saved } = watched;
      return { key, value: Buffer.from(JSON.stringify({ rule: rule.name, ...saved } satisfies Stored)) };
    });
    this.#changed.clear();
    return changes;
  }
}
