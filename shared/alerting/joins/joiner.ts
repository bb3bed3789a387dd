import type { WindowAggregate } from '../../../schemas/types.js';
import type { Millis } from '../../core/clock.js';
import type { StateChange } from '../../core/stage.js';
import { SharedRoom } from '../../core/tenant-shares.js';
import { seriesKey } from '../../wire/series.js';
import { FIGURES, type Figures, figuresOf, type Joined } from '../rules/condition.js';
import type { Rule } from '../rules/rule.js';

/** What became of a join: all its windows came, some were filled in, some were missing, or one came too late. */
export type JoinOutcome = 'complete' | 'filled' | 'incomplete' | 'late';

export interface JoinerOptions {
  /** Where windows carry no time: how long, in event time, those that are there wait for the others. */
  readonly waitMs: Millis;
  /** Grace of a window definition, by its name. */
  readonly graceOf: (window: string) => Millis;
  readonly maxWaiting: number;
  readonly outcome: (outcome: JoinOutcome) => void;
  /** A window that could not be kept because too many wait. */
  readonly dropped: (why: 'full' | 'share') => void;
}

/** Windows of one rule, tenant, set of tags and time that came so far. */
interface Waiting {
  readonly rule: string;
  readonly tenantId: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly window: string;
  /** Where the result is a window, as of a recording rule. */
  readonly start?: Millis;
  readonly end: Millis;
  /** As of {@link Joined}; not written where it is not so. */
  isRecorded?: true;
  readonly parts: Record<string, Figures>;
  /** It was decided without what was missing; kept to notice what comes too late. */
  decided: boolean;
  /** Wall clock of its first window; null right after a restart. */
  seenAt: Millis | null;
}

/** Joins of one rule that can be evaluated, oldest first. */
export interface DecidedJoins {
  readonly rule: Rule;
  readonly ready: Joined[];
}

/** The joins of one rule and tenant. */
interface Group {
  newest: Millis;
  readonly waiting: Map<string, Waiting>;
}

const PREFIX = 'j|';
/** Decided joins are remembered for so many waits. */
const REMEMBER_WAITS = 10;

/**
 * Brings together the windows of a rule's metrics: same tenant, tags, window definition and time.
 *
 * A join is evaluated once: when its last window has come, however late, or when no window of its time can come
 * any more (see {@link passed}), with the defaults of those that are missing; without a default for one of them
 * it is not evaluated at all. What comes after that is counted as late. Where windows carry no time, it is the
 * latter `waitMs` of event time after the windows that are there, or by the wall clock if nothing more comes.
 * The outcome depends on the order of the input alone, as long as there is input.
 */
export class Joiner {
  readonly #groups = new Map<string, Group>();
  readonly #changed = new Map<string, Waiting | null>();
  #size = 0;
  /** Stream time at which the next join is to be decided or forgotten, or sooner. */
  #nextDue: Millis = Number.NEGATIVE_INFINITY;

  readonly #room: SharedRoom;

  constructor(private readonly options: JoinerOptions) {
    this.#room = new SharedRoom(options.maxWaiting);
  }

  /** Takes up an entry of the changelog; false if it belongs to another class. */
  load(key: string, bytes: Buffer, rules: ReadonlyMap<string, Rule>): boolean {
    if (!key.startsWith(PREFIX)) return false;
    const saved = JSON.parse(bytes.toString('utf8')) as Omit<Waiting, 'seenAt'>;
    if (rules.has(saved.rule)) this.#keep(key, { ...saved, seenAt: null });
    else this.#changed.set(key, null);
    return true;
  }

  /**
   * Adds a window; returns the joins of the rule that can be evaluated now, oldest first.
   *
   * @param timed whether it is known how far windows have come: then {@link passed} ends the wait
   */
  add(rule: Rule, window: WindowAggregate, now: Millis, timed: boolean): Joined[] {
    const names = [...rule.metrics]
      .filter(([, { metric }]) => metric === window.metric)
      .map(([name]) => name);
    if (names.length === 0) return [];
    const { tenantId, tags, start, end } = window;
    const key = `${PREFIX}${rule.name}|${end}|${seriesKey(tenantId, '', tags, null)}`;
    const group = this.#group(rule.name, tenantId);
    const known = group.waiting.get(key);
    if (known?.decided === true) {
      this.options.outcome('late');
      return [];
    }
    const full = known === undefined ? this.#room.refuses(tenantId, this.#size, () => this.#tenants()) : null;
    if (full !== null) {
      this.options.dropped(full);
      return [];
    }
    const waiting = known ?? {
      rule: rule.name,
      tenantId,
      tags,
      window: window.window,
      ...(rule.record !== null && { start }),
      end,
      parts: {},
      decided: false,
      seenAt: now,
    };
    const figures = figuresOf(window) as Figures;
    for (const name of names) waiting.parts[name] = figures;
    if (window.recordedBy !== null) waiting.isRecorded = true;
    const ready: Joined[] = [];
    if (Object.keys(waiting.parts).length === rule.metrics.size) {
      this.options.outcome('complete');
      ready.push(joined(waiting));
      this.#drop(key, waiting);
    } else {
      this.#keep(key, waiting);
      this.#changed.set(key, waiting);
    }
    // What is ahead of the clock must not decide joins of other series.
    if (end > group.newest && end <= now) {
      group.newest = end;
      if (!timed) ready.push(...this.#due(rule, group, (one) => group.newest - one.end));
    }
    return ready.sort((a, b) => a.end - b.end);
  }

  /** The joins whose wait is over by the wall clock; asked only when all input has been read. */
  overdue(rules: ReadonlyMap<string, Rule>, now: Millis): DecidedJoins[] {
    return this.#eachDue(rules, (one) => {
      one.seenAt ??= now;
      return now - one.seenAt;
    });
  }

  /** The joins that are complete as far as they will ever be: stream time has passed their end and grace. */
  passed(rules: ReadonlyMap<string, Rule>, time: Millis): DecidedJoins[] {
    if (time < this.#nextDue) return [];
    const { waitMs } = this.options;
    const decided = this.#eachDue(rules, (one) => time - this.#passedAt(one) + waitMs);
    this.#nextDue = Number.POSITIVE_INFINITY;
    for (const { waiting } of this.#groups.values()) for (const one of waiting.values()) this.#expect(one);
    return decided;
  }

  drain(): StateChange[] {
    const changes = [...this.#changed].map(([key, waiting]): StateChange => {
      if (waiting === null) return { key, value: null };
      const { seenAt: _, ...saved } = waiting;
      return { key, value: Buffer.from(JSON.stringify(saved)) };
    });
    this.#changed.clear();
    return changes;
  }

  #eachDue(rules: ReadonlyMap<string, Rule>, ageMs: (waiting: Waiting) => Millis): DecidedJoins[] {
    return [...this.#groups].flatMap(([key, group]) => {
      const rule = rules.get(key.slice(0, key.indexOf('|')));
      if (rule === undefined) return [];
      const ready = this.#due(rule, group, ageMs);
      if (group.waiting.size === 0) this.#groups.delete(key);
      return [{ rule, ready: ready.sort((a, b) => a.end - b.end) }];
    });
  }

  #passedAt({ end, window }: Waiting): Millis {
    return end + this.options.graceOf(window);
  }

  #expect(waiting: Waiting): void {
    const forgetAfterMs = waiting.decided ? this.options.waitMs * (REMEMBER_WAITS - 1) : 0;
    this.#nextDue = Math.min(this.#nextDue, this.#passedAt(waiting) + forgetAfterMs);
  }

  #due(rule: Rule, group: Group, ageMs: (waiting: Waiting) => Millis): Joined[] {
    const ready: Joined[] = [];
    for (const [key, waiting] of group.waiting) {
      const age = ageMs(waiting);
      if (waiting.decided) {
        if (age >= this.options.waitMs * REMEMBER_WAITS) this.#drop(key, waiting);
      } else if (age >= this.options.waitMs) {
        const filled = fill(rule, waiting.parts);
        this.options.outcome(filled === null ? 'incomplete' : 'filled');
        if (filled !== null) ready.push(joined({ ...waiting, parts: filled }));
        waiting.decided = true;
        this.#changed.set(key, waiting);
      }
    }
    return ready;
  }

  #keep(key: string, waiting: Waiting): void {
    const group = this.#group(waiting.rule, waiting.tenantId);
    if (!group.waiting.has(key)) {
      this.#size += 1;
      this.#room.added(waiting.tenantId);
    }
    group.waiting.set(key, waiting);
    this.#expect(waiting);
  }

  #drop(key: string, waiting: Waiting): void {
    const { waiting: all } = this.#group(waiting.rule, waiting.tenantId);
    if (!all.delete(key)) return;
    this.#size -= 1;
    this.#room.removed(waiting.tenantId, this.#size);
    this.#changed.set(key, null);
  }

  *#tenants(): Generator<string> {
    for (const { waiting } of this.#groups.values())
      for (const { tenantId } of waiting.values()) yield tenantId;
  }

  #group(rule: string, tenantId: string): Group {
    const key = `${rule}|${tenantId}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { newest: 0, waiting: new Map() };
      this.#groups.set(key, group);
    }
    return group;
  }
}

/** The windows with defaults in place of those that are missing; null where there is no default. */
function fill(rule: Rule, parts: Readonly<Record<string, Figures>>): Record<string, Figures> | null {
  const filled: Record<string, Figures> = { ...parts };
  for (const [name, { fallback }] of rule.metrics) {
    if (filled[name] !== undefined) continue;
    if (fallback === null) return null;
    const figures = Object.fromEntries(FIGURES.map((figure) => [figure, fallback])) as unknown as Figures;
    // Counts are integers, whatever stands in for the other figures.
    filled[name] = { ...figures, count: 0, distinct: 0 };
  }
  return filled;
}

function joined({ tenantId, tags, window, end, start = end, parts, ...made }: Waiting): Joined {
  return { tenantId, metric: '', tags, window, start, end, parts, isRecorded: made.isRecorded === true };
}
