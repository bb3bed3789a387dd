import type { Alert, WindowAggregate } from '../../../schemas/types.js';
import type { TopicName } from '../../../topics/names.js';
import type { Millis } from '../../core/clock.js';
import { isoTime } from '../../core/iso-time.js';
import { OutputBatch } from '../../core/output-batch.js';
import type { RecordBatch } from '../../core/record-batch.js';
import { refusalOf } from '../../core/refusal.js';
import type { Refusal, Saved, Stage, StateChange, StepResult } from '../../core/stage.js';
import { formatDuration } from '../../files/duration.js';
import type { ValueDecoder, ValueEncoder } from '../../ports/codec.js';
import type { NotedInput } from '../../windows/noted-input.js';
import { recordKey, type Series, seriesHash } from '../../wire/series.js';
import type { Bindings, InputKind } from '../rules/condition.js';
import { failingRule, NO_DATA_ANNOTATION, type Rule, RuleIndex } from '../rules/rule.js';
import { AlertBook, type DropReason, loadAlert, type Observation, saveAlert } from './alert-book.js';
import { FlapWatch } from './flap-watch.js';
import { type InputTimeOptions, notedInput } from './input-time.js';
import type { LiveAlert } from './live-alert.js';
import { RecordedWindows, type RecordedWindowsOptions } from './recorded-windows.js';
import { SilenceWatch } from './silence-watch.js';

export interface AlertingStageOptions<T extends Series> extends RuleRunOptions<T> {
  /** Those in force; asked for at each restore. */
  readonly rules: () => readonly Rule[];
  readonly decoder: ValueDecoder<T>;
  readonly encoder: ValueEncoder<Alert>;
  readonly input: InputTimeOptions;
  /** Whether somebody has muted what the value is about, so that no rule is evaluated on it. */
  readonly muted?: (value: T, now: Millis) => boolean;
}

/** State of one input partition. */
export interface AlertingState<T extends Series> {
  readonly run: RuleRun<T>;
  readonly index: RuleIndex;
  readonly input: NotedInput;
}

/**
 * Evaluates rules on windows or anomalies and writes the changes of alerts: to `alerts`, and to
 * `state.alerts` for the notifier. Windows that a rule joins with those of other metrics are forwarded to
 * `state.joins`, keyed by tenant, as the bytes that came in. What rules record goes to `windows`.
 *
 * Live alerts are kept in the changelog, under `<input topic>|<fingerprint>`, written in the step
 * that changed them; the checkpoint is just the next offset.
 */
export function alertingStage<T extends Series>(options: AlertingStageOptions<T>): Stage<AlertingState<T>> {
  const { kind, decoder, encoder } = options;
  return {
    restore(saved) {
      const index = new RuleIndex(options.rules(), kind.on);
      const input = notedInput(saved.topic as TopicName, options.input, saved);
      return { run: new RuleRun(options, index.rules, saved, input.time), index, input };
    },
    checkpoint: (state) => state.input.checkpoint(),
    atOnce: ({ index }) => index.atOnce,
    // Nobody reads what comes of anomalies by its time.
    ...(kind.on === 'window' && { time: (state: AlertingState<T>) => state.input.stageTime }),
    step(state, batch, now): StepResult<AlertingState<T>> {
      const { run, index, input } = state;
      const outputs = new OutputBatch();
      const refusals = eachValue(decoder, batch, (value, bytes) => {
        const { rules, joined } = index.lookUp(kind.window(value), value.tenantId, value.metric);
        if (joined) outputs.add({ topic: 'state.joins', key: value.tenantId, value: bytes });
        if (options.muted?.(value, now)) return;
        run.evaluate(rules, value, now);
      });
      input.take(batch, now, { records: () => {}, timed: () => {} });
      run.sweep(now, batch.atEnd, input.time);
      const { transitions, changes, recorded } = run.drain();
      writeAlerts(transitions, encoder, outputs);
      writeRecorded(recorded, options.recordings, outputs);
      return { state, refusals, outputs, changes };
    },
  };
}

/** Calls `take` with every value that can be decoded, from `from` up to `to`; returns the refusals of the others. */
export function eachValue<T>(
  decoder: ValueDecoder<T>,
  batch: RecordBatch,
  take: (value: T, bytes: Buffer) => void,
  from = 0,
  to = batch.length,
): Refusal[] {
  const refusals: Refusal[] = [];
  for (let index = from; index < to; index++) {
    const bytes = batch.value(index);
    let value: T;
    try {
      value = decoder.decode(bytes);
    } catch (error) {
      refusals.push(refusalOf(error, index));
      continue;
    }
    if (bytes !== null) take(value, bytes);
  }
  return refusals;
}

/** Adds the records of alerts: to the public topic, and to one partition for the notifier. */
export function writeAlerts(
  alerts: readonly Alert[],
  encoder: ValueEncoder<Alert>,
  outputs: OutputBatch,
): OutputBatch {
  for (const alert of alerts) {
    const record = { key: alert.fingerprint, value: encoder.encode(alert) };
    outputs.add({ topic: 'alerts', ...record });
    outputs.add({ topic: 'state.alerts', ...record });
  }
  return outputs;
}

/** Adds what rules have recorded. */
export function writeRecorded(
  recorded: readonly WindowAggregate[],
  recordings: RuleRunOptions<Series>['recordings'],
  outputs: OutputBatch,
): void {
  if (recordings === undefined) return;
  for (const window of recorded)
    outputs.add({
      topic: 'windows',
      key: recordKey(window.tenantId, window.metric),
      value: recordings.encoder.encode(window),
    });
}

/** Receives what rules do, for metrics. */
export interface AlertingObserver {
  transition(state: Alert['state']): void;
  dropped(reason: DropReason): void;
  /** An expression without a value; it counts as not met, and raises an alert of its own. */
  evaluationFailed(): void;
  discarded(): void;
  /** Called about once a second per partition. */
  live(input: string, partition: number, count: { pending: number; firing: number; flapping: number }): void;
  /** An alert flaps, or does no more. */
  flaps(change: 'started' | 'stopped'): void;
}

export interface RuleRunOptions<T extends Series> {
  readonly kind: InputKind<T>;
  readonly observer: AlertingObserver;
  /** For rules without a `staleAfter` of their own. */
  readonly staleAfterMs: Millis;
  /** A silent series of a rule with `noData: alert` is forgotten after this time. */
  readonly forgetAfterMs: Millis;
  readonly maxAlerts: number;
  /** Recording rules are evaluated with this only; anomalies are not recorded. */
  readonly recordings?: RecordedWindowsOptions & { readonly encoder: ValueEncoder<WindowAggregate> };
  readonly input: Pick<InputTimeOptions, 'graceOf'>;
  /** Whether windows of a series come in a partition; all do by default. */
  readonly isOf?: (series: Series, partition: number) => boolean;
}

/**
 * Rules at work on one input partition: evaluates them on values, keeps the live alerts and the watch over
 * silent series, and returns the changes of state and of the changelog. Keys in the changelog begin with
 * the input's name, since inputs share it.
 */
export class RuleRun<T extends Series> {
  readonly #book: AlertBook;
  readonly #recorded: RecordedWindows | null;
  /** Null while no rule of the run waits for a silence. */
  readonly #watch: SilenceWatch | null;
  /** Null while no rule of the run asks what flaps. */
  readonly #flaps: FlapWatch | null;
  readonly #input: string;
  readonly #partition: number;
  readonly #rules: ReadonlyMap<string, Rule>;
  /** Series of this partition that rules expect, by their hash and by the rule. */
  readonly #expected: ReadonlyMap<Rule, ReadonlyMap<string, Series>>;
  /** Latest event time seen, but for those ahead of the clock, by which others would be over too early. */
  #newest: Millis = 0;
  #sweptAt: Millis | null = null;

  /**
   * @param rules those of the kind of input
   * @param restoredTo how far the input's windows had come; null where they carry no time
   */
  constructor(
    private readonly options: RuleRunOptions<T>,
    rules: readonly Rule[],
    saved: Saved,
    restoredTo: Millis | null,
  ) {
    const { observer, maxAlerts, recordings, forgetAfterMs } = options;
    this.#recorded = recordings === undefined ? null : new RecordedWindows(recordings);
    this.#rules = new Map(rules.map((rule) => [rule.name, rule]));
    this.#input = saved.topic;
    this.#partition = saved.partition;
    const dropped = (why: 'full' | 'share') => observer.dropped(why === 'full' ? 'watched' : 'tenant');
    const stale = (rule: Rule) => this.#stale(rule);
    const watching = {
      ...{ rules: this.#rules, staleAfterMs: stale, maxSeries: maxAlerts, forgetAfterMs, dropped },
      restoredTo: this.#ended(restoredTo),
    };
    const watches =
      rules.some(({ noData }) => noData === 'alert') ||
      [...saved.changelog.keys()].some((key) => SilenceWatch.owns(ownKey(saved.topic, key)));
    this.#watch = watches ? new SilenceWatch(watching) : null;
    const { isOf = () => true } = options;
    this.#expected = new Map(
      rules.map((rule) => {
        const own = rule.expected.filter((series) => isOf(series, saved.partition));
        return [rule, new Map(own.map((series) => [seriesHash(series), series]))];
      }),
    );
    const ownKeys = Array.from(saved.changelog.keys(), (key) => ownKey(saved.topic, key));
    this.#flaps = FlapWatch.of(ownKeys, { rules: this.#rules, stale, maxAlerts, dropped, observer });
    const alerts: LiveAlert[] = [];
    for (const [key, bytes] of saved.changelog) {
      const own = ownKey(saved.topic, key);
      if (own === null || this.#watch?.load(own, bytes) || this.#flaps?.load(own, bytes) || own.includes('|'))
        continue;
      const alert = loadAlert(bytes);
      if (alert === null) observer.discarded();
      else alerts.push(alert);
    }
    for (const { rule, annotations, members } of alerts)
      if (annotations[NO_DATA_ANNOTATION] !== undefined)
        for (const series of members.keys()) this.#watch?.wasSilent(rule, series);
    this.#book = new AlertBook(
      {
        ...{ maxMembers: maxAlerts, dropped: (reason) => observer.dropped(reason) },
        marked: (alert, at) => this.#flaps?.marked(alert, at) ?? alert,
        forgetAfterMs,
        isWatched: (rule, series) => this.#watch?.has(rule, series) ?? false,
      },
      alerts,
    );
  }

  /** Evaluates rules on a value; `rules` are those of the run that apply to it. */
  evaluate(rules: readonly Rule[], value: T, now: Millis): void {
    const { kind, observer } = this.options;
    const at = kind.at(value);
    if (at <= now) this.#newest = Math.max(this.#newest, at);
    if (rules.length === 0) return;
    const bindings = kind.bindings(value);
    const untimed = kind.isRecorded(value);
    let series: string | null = null;
    for (const rule of rules) {
      // Nothing goes round in circles.
      if (rule.record !== null && untimed) continue;
      const seen = rule.terms === null ? value : kind.seenBy(rule.terms, value);
      if (seen === null) continue;
      const own = seen === value ? bindings : kind.bindings(seen);
      const answer = this.#answerOf(rule, value, own, now);
      const failed = typeof answer === 'string';
      if (failed) observer.evaluationFailed();
      const watched = rule.noData === 'alert';
      for (const stopped of this.#flaps?.evaluated(rule, value, at, now) ?? []) this.#book.repeat(stopped);
      const quiet = answer === false && (!kind.endsByItself || this.#book.isEmpty) && !watched;
      if (quiet) continue;
      series ??= seriesHash(value);
      const figures = rule.condition.figures(own);
      const about = { series, at, value: figures.value, untimed };
      const noticed = { ...about, subject: value, window: kind.window(value) };
      const isFirst = watched && (this.#watch?.seen(rule, this.#stale(rule), noticed, now) ?? false);
      if (isFirst) this.#book.appears(rule.name, series, at, now);
      const fields = { ...kind.fields(seen), ...figures };
      if (failed) {
        this.#holds(failingRule(rule), value, { ...about, value: 0 }, { ...fields, failure: answer }, now);
        continue;
      }
      if (kind.endsByItself) this.#book.ends(failingRule(rule).name, series, at, 0, now);
      if (answer) this.#holds(rule, value, about, fields, now);
      else if (kind.endsByItself) this.#book.ends(rule.name, series, at, figures.value, now);
    }
  }

  /**
   * Looks, about once a second, for series that have gone silent, and the first time for rules that are gone.
   *
   * @param time how far the input's windows have come; null where they carry no time: then silence is measured
   * by the wall clock, once the input has been `readToEnd`
   */
  sweep(now: Millis, readToEnd: boolean, time: Millis | null): void {
    if (this.#sweptAt === null) this.#takeUp(now);
    else if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    const { kind, input } = this.options;
    if (this.#watch !== null && (readToEnd || time !== null))
      this.#raiseSilent(this.#watch, now, { time, readToEnd });
    // Windows up to this end have come, but for those that are recorded.
    const eventTime = time === null ? (kind.endsByItself ? null : this.#newest) : time - input.graceOf(null);
    this.#book.sweep(now, { eventTime, readToEnd, timed: time !== null });
    const reached = eventTime ?? this.#newest;
    for (const alert of this.#flaps?.sweep(reached, now) ?? []) this.#book.repeat(alert);
    this.options.observer.live(this.#input, this.#partition, {
      ...this.#book.count(),
      flapping: this.#flaps?.flapping ?? 0,
    });
  }

  /** Changes of state and of the changelog since the last call. */
  drain(): {
    readonly transitions: readonly Alert[];
    readonly recorded: readonly WindowAggregate[];
    readonly changes: StateChange[];
  } {
    const { transitions, changed } = this.#book.drain();
    for (const alert of transitions) this.options.observer.transition(alert.state);
    const alerts = changed.map(([fingerprint, alert]) => ({
      key: fingerprint,
      value: alert === null ? null : saveAlert(alert),
    }));
    const changes = [...alerts, ...(this.#watch?.drain() ?? []), ...(this.#flaps?.drain() ?? [])];
    return {
      transitions,
      recorded: this.#recorded?.drain() ?? [],
      changes: changes.map(({ key, value }) => ({ key: `${this.#input}|${key}`, value })),
    };
  }

  /** Whether the condition holds, or in words why it cannot be said; of a recording rule never, since it records. */
  #answerOf(rule: Rule, value: T, bindings: Bindings, now: Millis): boolean | string {
    const answer = rule.condition.holds(bindings);
    if (rule.record === null || this.#recorded === null) return answer;
    const { kind } = this.options;
    const { tenantId, tags } = value;
    const of = { window: kind.window(value), start: kind.start(value), end: kind.at(value) };
    const series = { tenantId, metric: rule.record.metric, tags };
    const result = typeof answer === 'string' ? answer : rule.condition.figures(bindings).value;
    return this.#recorded.add(rule, series, of, result, now) ?? false;
  }

  /** Takes up what was restored: for that it has to be known which rules are in force, and what time it is. */
  #takeUp(now: Millis): void {
    this.#newest = Math.max(this.#newest, this.#book.latest(now), this.#flaps?.latest(now) ?? 0);
    const rules = [...this.#rules.values()].flatMap((rule) => [rule, failingRule(rule)]);
    this.#book.keepOnly(new Map(rules.map((rule) => [rule.name, rule])), (rule) => this.#stale(rule), now);
  }

  #raiseSilent(
    watch: SilenceWatch,
    now: Millis,
    { time, readToEnd }: { readonly time: Millis | null; readonly readToEnd: boolean },
  ): void {
    const forgotten = (rule: string, series: string) => this.#book.forget(rule, series, now);
    const until = { now, ended: this.#ended(time), readToEnd };
    for (const [rule, all] of this.#expected)
      for (const [series, subject] of all) watch.expect(rule, subject, series, until);
    const isExpected = (rule: Rule, series: string) => this.#expected.get(rule)?.has(series) ?? false;
    for (const silence of watch.silent(until, isExpected, forgotten)) {
      const { rule, series, subject, window, value, lastAt, at, untimed, never } = silence;
      // Nothing would change any more, and nothing has to be saved.
      if (this.#book.fires(rule.name, series)) continue;
      const { tenantId, metric } = subject;
      const fields = { tenantId, metric, window, value };
      const text = `nothing was seen for ${formatDuration(this.#stale(rule))}`;
      const last = never ? `and never since ${isoTime(lastAt)}` : `last at ${isoTime(lastAt)}`;
      const since = { [NO_DATA_ANNOTATION]: `${text}, ${last}` };
      this.#holds(rule, subject, { series, at, value, untimed }, fields, now, since);
    }
  }

  #holds(
    rule: Rule,
    subject: Series,
    about: Pick<Observation, 'series' | 'at' | 'value' | 'untimed'>,
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

  /** Up to which end the windows of a definition have come. */
  #ended(time: Millis | null): ((window: string) => Millis) | null {
    const { graceOf } = this.options.input;
    return time === null ? null : (window) => time - graceOf(window);
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
