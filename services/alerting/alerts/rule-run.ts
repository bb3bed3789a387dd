import { createHash } from 'node:crypto';
import type { Alert } from '../../../schemas/types.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { Saved, StateChange } from '../../../shared/core/stage.js';
import { formatDuration } from '../../../shared/files/duration.js';
import { type Series, seriesKey } from '../../../shared/wire/series.js';
import type { InputKind } from '../rules/inputs.js';
import { failingRule, NO_DATA_ANNOTATION, type Rule } from '../rules/rule.js';
import { AlertBook, type DropReason } from './alert-book.js';
import { type LiveAlert, loadAlert, saveAlert } from './live-alert.js';
import { SilenceWatch } from './silence-watch.js';

/** Receives what rules do, for metrics. */
export interface AlertingObserver {
  transition(state: Alert['state']): void;
  dropped(reason: DropReason): void;
  /** An expression without a value; it counts as not met, and raises an alert of its own. */
  evaluationFailed(): void;
  discarded(): void;
  /** Called about once a second per partition. */
  live(input: string, partition: number, count: { pending: number; firing: number }): void;
}

export interface RuleRunOptions<T extends Series> {
  readonly kind: InputKind<T>;
  readonly observer: AlertingObserver;
  /** For rules without a `staleAfter` of their own. */
  readonly staleAfterMs: Millis;
  /** A silent series of a rule with `noData: alert` is forgotten after this time. */
  readonly forgetAfterMs: Millis;
  readonly maxAlerts: number;
}

/**
 * Rules at work on one input partition: evaluates them on values, keeps the live alerts and the watch over
 * silent series, and returns the changes of state and of the changelog. Keys in the changelog begin with
 * the input's name, since inputs share it.
 */
export class RuleRun<T extends Series> {
  readonly #book: AlertBook;
  readonly #watch: SilenceWatch;
  readonly #input: string;
  readonly #partition: number;
  readonly #rules: ReadonlyMap<string, Rule>;
  readonly #names: ReadonlySet<string>;
  /** Latest event time seen. */
  #newest: Millis = 0;
  #sweptAt: Millis | null = null;

  /** @param rules those of the kind of input */
  constructor(
    private readonly options: RuleRunOptions<T>,
    rules: readonly Rule[],
    saved: Saved,
  ) {
    const { observer, maxAlerts, forgetAfterMs } = options;
    this.#rules = new Map(rules.map((rule) => [rule.name, rule]));
    this.#names = new Set(rules.flatMap((rule) => [rule.name, failingRule(rule).name]));
    this.#input = saved.topic;
    this.#partition = saved.partition;
    const watching = { maxSeries: maxAlerts, forgetAfterMs, dropped: () => observer.dropped('watched') };
    this.#watch = new SilenceWatch(watching);
    const alerts: LiveAlert[] = [];
    for (const [key, bytes] of saved.changelog) {
      const own = ownKey(saved.topic, key);
      if (own === null || this.#watch.load(own, bytes) || own.includes('|')) continue;
      const alert = loadAlert(bytes);
      if (alert === null) observer.discarded();
      else alerts.push(alert);
    }
    this.#book = new AlertBook(
      { maxMembers: maxAlerts, dropped: (reason) => observer.dropped(reason) },
      alerts,
    );
    for (const { members } of alerts)
      for (const { lastAt } of members.values()) this.#newest = Math.max(this.#newest, lastAt);
  }

  /** Evaluates rules on a value; `rules` are those of the run that apply to it. */
  evaluate(rules: readonly Rule[], value: T, now: Millis): void {
    const { kind, observer } = this.options;
    const at = kind.at(value);
    this.#newest = Math.max(this.#newest, at);
    if (rules.length === 0) return;
    const bindings = kind.bindings(value);
    let series: string | null = null;
    for (const rule of rules) {
      const answer = rule.condition.holds(bindings);
      const failed = typeof answer === 'string';
      if (failed) observer.evaluationFailed();
      const watched = rule.noData === 'alert';
      const quiet = answer === false && (!kind.endsByItself || this.#book.isEmpty) && !watched;
      if (quiet) continue;
      series ??= hash(seriesKey(value.tenantId, value.metric, value.tags, null));
      const figures = rule.condition.figures(bindings);
      const about = { series, at, value: figures.value };
      if (watched)
        this.#watch.seen(
          rule,
          this.#stale(rule),
          { ...about, subject: value, window: kind.window(value) },
          now,
        );
      const fields = { ...kind.fields(value), ...figures };
      if (failed) {
        this.#holds(failingRule(rule), value, { ...about, value: 0 }, { ...fields, failure: answer }, now);
        continue;
      }
      if (kind.endsByItself) this.#book.ends(failingRule(rule).name, series, at, 0, now);
      if (answer) this.#holds(rule, value, about, fields, now);
      else if (kind.endsByItself) this.#book.ends(rule.name, series, at, figures.value, now);
    }
  }

  /** Looks, about once a second, for series that have gone silent, and the first time for rules that are gone. */
  sweep(now: Millis, readToEnd: boolean): void {
    if (this.#sweptAt === null) this.#book.keepOnly(this.#names, now);
    else if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    if (readToEnd) this.#raiseSilent(now);
    const eventTime = this.options.kind.endsByItself ? null : this.#newest;
    this.#book.sweep(now, { eventTime, readToEnd });
    this.options.observer.live(this.#input, this.#partition, this.#book.count());
  }

  /** Changes of state and of the changelog since the last call. */
  drain(): { transitions: readonly Alert[]; changes: StateChange[] } {
    const { transitions, changed } = this.#book.drain();
    for (const alert of transitions) this.options.observer.transition(alert.state);
    const alerts = changed.map(([fingerprint, alert]) => ({
      key: fingerprint,
      value: alert === null ? null : saveAlert(alert),
    }));
    const changes = [...alerts, ...this.#watch.drain()];
    return {
      transitions,
      changes: changes.map(({ key, value }) => ({ key: `${this.#input}|${key}`, value })),
    };
  }

  #raiseSilent(now: Millis): void {
    const forgotten = (rule: string, series: string) => this.#book.forget(rule, series, now);
    for (const silence of this.#watch.silent(this.#rules, (rule) => this.#stale(rule), now, forgotten)) {
      const { rule, series, subject, window, value, lastAt, at } = silence;
      // Nothing would change any more, and nothing has to be saved.
      if (this.#book.fires(rule.name, series)) continue;
      const { tenantId, metric } = subject;
      const fields = { tenantId, metric, window, value };
      const text = `nothing was seen for ${formatDuration(this.#stale(rule))}`;
      const since = { [NO_DATA_ANNOTATION]: `${text}, last at ${new Date(lastAt).toISOString()}` };
      this.#holds(rule, subject, { series, at, value }, fields, now, since);
    }
  }

  #holds(
    rule: Rule,
    subject: Series,
    about: { readonly series: string; readonly at: Millis; readonly value: number },
    fields: Readonly<Record<string, string | number>>,
    now: Millis,
    more: Readonly<Record<string, string>> = {},
  ): void {
    const annotate = (labels: Readonly<Record<string, string>>) => ({
      ...Object.fromEntries(
        Object.entries(rule.annotations).map(([name, template]) => [
          name,
          template({ fields, tags: subject.tags, labels }),
        ]),
      ),
      ...more,
    });
    const value = Number.isFinite(about.value) ? about.value : 0;
    const observation = { ...about, rule, value, staleAfterMs: this.#stale(rule), subject, annotate };
    this.#book.holds(observation, now);
  }

  #stale(rule: Rule): Millis {
    return rule.staleAfterMs ?? this.options.staleAfterMs;
  }
}

const SWEEP_MS = 1_000;

/** The key without the input that it belongs to; null if that is another one. */
export function ownKey(input: string, key: string): string | null {
  return key.startsWith(`${input}|`) ? key.slice(input.length + 1) : null;
}

/** Series in the changelog are of one length, whatever their tags hold. */
function hash(identity: string): string {
  return createHash('sha256').update(identity).digest('base64url').slice(0, 22);
}
