/** What an expression evaluates to, in Prometheus's names. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** What a function takes and gives. */
export interface Signature {
  readonly takes: readonly ValueType[];
  /** How many of those at the end may be left out. */
  readonly optional: number;
  /** Whether the last may be repeated. */
  readonly repeated: boolean;
  readonly gives: ValueType;
}

const signature = (takes: readonly ValueType[], gives: ValueType = 'vector', optional = 0): Signature => ({
  takes,
  gives,
  optional,
  repeated: false,
});

const each = <N extends string>(names: readonly N[], one: Signature): Record<N, Signature> =>
  Object.fromEntries(names.map((name) => [name, one])) as Record<N, Signature>;

/** Functions of the value alone. */
export const MATH = [
  'abs',
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'ceil',
  'cos',
  'cosh',
  'deg',
  'exp',
  'floor',
  'ln',
  'log10',
  'log2',
  'rad',
  'sgn',
  'sin',
  'sinh',
  'sqrt',
  'tan',
  'tanh',
] as const;

/** Functions of a time in seconds, in UTC; without an argument, of the time of evaluation. */
export const DATES = [
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'days_in_month',
  'hour',
  'minute',
  'month',
  'year',
] as const;

/** Functions of the points in a range, without a parameter. */
export const RANGES = [
  'avg_over_time',
  'changes',
  'count_over_time',
  'delta',
  'deriv',
  'idelta',
  'increase',
  'irate',
  'last_over_time',
  'max_over_time',
  'min_over_time',
  'present_over_time',
  'rate',
  'resets',
  'stddev_over_time',
  'stdvar_over_time',
  'sum_over_time',
] as const;

/** Every function that is evaluated: those of Prometheus 2.42. */
export const SIGNATURES = {
  ...each(MATH, signature(['vector'])),
  ...each(DATES, signature(['vector'], 'vector', 1)),
  ...each(RANGES, signature(['matrix'])),
  absent: signature(['vector']),
  absent_over_time: signature(['matrix']),
  clamp: signature(['vector', 'scalar', 'scalar']),
  clamp_max: signature(['vector', 'scalar']),
  clamp_min: signature(['vector', 'scalar']),
  // Its name is of Prometheus 3; that of 2.42, `holt_winters`, is replaced before an expression is parsed.
  double_exponential_smoothing: signature(['matrix', 'scalar', 'scalar']),
  histogram_count: signature(['vector']),
  histogram_fraction: signature(['scalar', 'scalar', 'vector']),
  histogram_sum: signature(['vector']),
  histogram_quantile: signature(['scalar', 'vector']),
  label_join: { ...signature(['vector', 'string', 'string', 'string'], 'vector', 1), repeated: true },
  label_replace: signature(['vector', 'string', 'string', 'string', 'string']),
  pi: signature([], 'scalar'),
  predict_linear: signature(['matrix', 'scalar']),
  quantile_over_time: signature(['scalar', 'matrix']),
  round: signature(['vector', 'scalar'], 'vector', 1),
  scalar: signature(['vector'], 'scalar'),
  sort: signature(['vector']),
  sort_desc: signature(['vector']),
  time: signature([], 'scalar'),
  timestamp: signature(['vector']),
  vector: signature(['scalar']),
} satisfies Record<string, Signature>;

export type FunctionName = keyof typeof SIGNATURES;

export const isFunctionName = (text: string): text is FunctionName => Object.hasOwn(SIGNATURES, text);
