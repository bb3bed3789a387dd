import type { Anomaly, WindowAggregate } from '../../../schemas/types.js';
import type { Millis } from '../../core/clock.js';
import {
  DIVISION_BY_ZERO,
  EvaluationError,
  type Frame,
  MAX_STEPS,
  MODULO_BY_ZERO,
  type Part,
  TooManySteps,
} from '../../expressions/evaluation.js';
import type { Series } from '../../wire/series.js';
import { type AnomalyTerms, seenBy } from './anomaly-terms.js';

/** What a rule looks at: one window, one anomaly, or the windows of several metrics together. */
export type RuleInput = 'window' | 'anomaly' | 'join';

/** What a stage evaluates rules on: candidates are anomalies for rules that take lesser ones, too. */
export type StageInput = RuleInput | 'candidate';

/** What an expression can see: CEL's `int` is a bigint, its `double` a number. */
export type Bindings = Readonly<Record<string, unknown>>;

/** How rules look at one kind of value. */
export interface InputKind<T extends Series> {
  readonly on: StageInput;
  /** The window definition that the value belongs to. */
  window(value: T): string;
  start(value: T): Millis;
  /** Event time: end of the window. */
  at(value: T): Millis;
  bindings(value: T): Bindings;
  /** Names for annotations. */
  fields(value: T): Readonly<Record<string, string | number>>;
  /** The value as a rule with terms of its own sees it; null where the rule is not about it. */
  seenBy(terms: AnomalyTerms, value: T): T | null;
  /** Whether a recording rule has made it: it comes behind the time that the others carry. */
  isRecorded(value: T): boolean;
  /** True if a value that does not meet the condition ends the alert. */
  readonly endsByItself: boolean;
}

const VALUE_FIGURES = ['count', 'sum', 'min', 'max', 'mean', 'stddev', 'first', 'last'] as const;
/** Those of counters and members, which other windows do not have: a condition on one of them cannot be said then. */
const COUNTER_FIGURES = ['increase', 'rate', 'distinct'] as const;
/** The figures of a window, all doubles but {@link INTEGERS}. */
export const FIGURES = [...VALUE_FIGURES, ...COUNTER_FIGURES] as const;
export const INTEGERS: readonly string[] = ['count', 'distinct'];

export type Figures = Readonly<
  Record<(typeof VALUE_FIGURES)[number], number> &
    Partial<Record<(typeof COUNTER_FIGURES)[number], number | null>>
>;

/** The fields of an anomaly that rules can use: figures, then texts. */
export const ANOMALY_FIGURES = ['score', 'value', 'expected', 'lower', 'upper'] as const;
export const ANOMALY_TEXTS = ['severity', 'detector', 'window'] as const;

const ANOMALY_NAMES = [...ANOMALY_FIGURES, ...ANOMALY_TEXTS, 'explanation'] as const;

/** The windows of several metrics with the same tags, definition and time, by the names a rule gives them. */
export interface Joined extends Series {
  readonly window: string;
  readonly start: Millis;
  readonly end: Millis;
  /** One of them at least is the result of a recording rule. */
  readonly isRecorded: boolean;
  readonly parts: Readonly<Record<string, Figures>>;
}

export const windowInput = inputKind<WindowAggregate>({
  on: 'window',
  bindings: (window) => ({ ...figureBindings(window), quantiles: window.quantiles ?? {} }),
  fields: figuresOf,
  isRecorded: ({ recordedBy }) => recordedBy !== null,
});

/** An anomaly is an event: a lesser one does not end an earlier one, only time does. */
export const anomalyInput = inputKind<Anomaly>({
  on: 'anomaly',
  bindings: (anomaly) => ({ anomaly }),
  fields: (anomaly) => pick(anomaly, ANOMALY_NAMES),
  seenBy,
  isRecorded: () => false,
});

/** All anomalies, and what would be one at a higher sensitivity. */
export const candidateInput: InputKind<Anomaly> = { ...anomalyInput, on: 'candidate' };

export const joinInput = inputKind<Joined>({
  on: 'join',
  isRecorded: ({ isRecorded }) => isRecorded,
  bindings: ({ parts }) =>
    Object.fromEntries(Object.entries(parts).map(([name, figures]) => [name, figureBindings(figures)])),
  fields: ({ parts }) =>
    Object.fromEntries(
      Object.entries(parts).flatMap(([name, figures]) =>
        Object.entries(figuresOf(figures)).map(([figure, value]) => [`${name}.${figure}`, value]),
      ),
    ),
});

function inputKind<
  T extends Series & { readonly window: string; readonly start: Millis; readonly end: Millis },
>(
  own: Pick<InputKind<T>, 'on' | 'bindings' | 'fields' | 'isRecorded'> &
    Partial<Pick<InputKind<T>, 'seenBy'>>,
): InputKind<T> {
  return {
    on: own.on,
    isRecorded: own.isRecorded,
    seenBy: own.seenBy ?? ((_, value) => value),
    endsByItself: own.on !== 'anomaly',
    window: ({ window }) => window,
    start: ({ start }) => start,
    at: ({ end }) => end,
    bindings: (value) => ({ ...pick(value, ['tenantId', 'metric', 'tags']), ...own.bindings(value) }),
    fields: (value) => ({ ...pick(value, ['tenantId', 'metric', 'window']), ...own.fields(value) }),
  };
}

/** The figures that a window has. */
export function figuresOf(figures: Figures): Readonly<Record<string, number>> {
  const found: Record<string, number> = pick(figures, VALUE_FIGURES);
  for (const name of COUNTER_FIGURES) {
    const value = figures[name];
    if (typeof value === 'number') found[name] = value;
  }
  return found;
}

/** CEL's `int` is a bigint. */
function figureBindings(figures: Figures): Bindings {
  const bindings: Record<string, unknown> = figuresOf(figures);
  for (const name of INTEGERS)
    if (bindings[name] !== undefined) bindings[name] = BigInt(bindings[name] as number);
  return bindings;
}

function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  const picked = {} as Pick<T, K>;
  for (const name of names) picked[name] = from[name];
  return picked;
}

/** A compiled CEL condition with the values that the rule gives names to. */
export interface Condition {
  readonly source: string;
  /** Steps that an evaluation takes at most, for tags of the usual sizes. */
  readonly steps: number;
  /** Or, in words, why it cannot be said, such as for a tag that the series does not have. */
  holds(bindings: Bindings): boolean | string;
  /** The named values, and as `value` the figure that the alert shows; NaN for what cannot be said. */
  figures(bindings: Bindings): Readonly<Record<string, number>> & { readonly value: number };
}

/** What a condition is evaluated by. */
export interface ConditionParts extends Pick<Condition, 'source' | 'steps'> {
  /** In order; each may use those before it. */
  readonly values: readonly (readonly [name: string, value: Part])[];
  readonly condition: Part;
  readonly shown: Part;
}

export function conditionOf({ source, steps, values, condition, shown }: ConditionParts): Condition {
  const begin = (bindings: Bindings): Frame => {
    const frame: Frame = { steps: MAX_STEPS, bindings, locals: [] };
    if (values.length === 0) return frame;
    const all: Record<string, unknown> = { ...bindings };
    frame.bindings = all;
    for (const [name, value] of values) all[name] = value.run(frame);
    return frame;
  };
  return {
    source,
    steps,
    holds(bindings) {
      try {
        return condition.run(begin(bindings)) === true;
      } catch (error) {
        if (hasNoValue(error)) return error.message;
        throw error;
      }
    },
    figures(bindings) {
      try {
        const frame = begin(bindings);
        const own = values.map(([name]) => [name, Number(frame.bindings[name])]);
        return { ...Object.fromEntries(own), value: Number(shown.run(frame)) };
      } catch (error) {
        // `holds` has reported it.
        if (hasNoValue(error)) return { value: Number.NaN };
        throw error;
      }
    },
  };
}

/** Whether what {@link Condition.holds} gives says that whole numbers were divided by zero. */
export function isDividedByZero(problem: string): boolean {
  return problem === DIVISION_BY_ZERO || problem === MODULO_BY_ZERO;
}

/** A missing key, an int divided by zero, or more and longer tags than the steps suffice for. */
function hasNoValue(error: unknown): error is Error {
  return error instanceof EvaluationError || error instanceof TooManySteps;
}
