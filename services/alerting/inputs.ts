import type { Anomaly, WindowAggregate } from '../../schemas/types.js';
import type { Millis } from '../../shared/core/clock.js';
import type { Bindings } from './condition.js';
import type { Subject } from './labels.js';
import type { RuleInput } from './rule.js';

/** How the stage reads one kind of input. */
export interface InputKind<T extends Subject> {
  readonly on: RuleInput;
  /** The window definition that the value belongs to. */
  window(value: T): string;
  /** Event time: end of the window. */
  at(value: T): Millis;
  bindings(value: T): Bindings;
  /** Names for annotations; the figures among them can be an alert's value. */
  fields(value: T): Readonly<Record<string, string | number>>;
  /** True if a value that does not meet the condition says that the condition has ended. */
  readonly endsByItself: boolean;
}

export const windowInput: InputKind<WindowAggregate> = {
  on: 'window',
  endsByItself: true,
  window: (value) => value.window,
  at: (value) => value.end,
  bindings: ({ tenantId, metric, tags, count, sum, min, max, mean, stddev, first, last, quantiles }) => ({
    tenantId,
    metric,
    tags,
    count: BigInt(count),
    sum,
    min,
    max,
    mean,
    stddev,
    first,
    last,
    quantiles: quantiles ?? {},
  }),
  fields: ({ tenantId, metric, window, count, sum, min, max, mean, stddev, first, last }) => ({
    tenantId,
    metric,
    window,
    count,
    sum,
    min,
    max,
    mean,
    stddev,
    first,
    last,
  }),
};

/** An anomaly is an event: a lesser one says nothing of an earlier one, only time ends it. */
export const anomalyInput: InputKind<Anomaly> = {
  on: 'anomaly',
  endsByItself: false,
  window: (value) => value.window,
  at: (value) => value.end,
  bindings: ({ tenantId, metric, tags, ...anomaly }) => ({ tenantId, metric, tags, anomaly }),
  fields: ({
    tenantId,
    metric,
    window,
    value,
    score,
    expected,
    lower,
    upper,
    severity,
    detector,
    explanation,
  }) => ({
    tenantId,
    metric,
    window,
    value,
    score,
    expected,
    lower,
    upper,
    severity,
    detector,
    explanation,
  }),
};
