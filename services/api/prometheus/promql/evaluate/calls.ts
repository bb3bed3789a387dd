import { OF_VALUES, ofDate, roundTo } from '../functions/math.js';
import { quantileOf } from '../functions/quantile.js';
import { OF_RANGES } from '../functions/ranges.js';
import { predictLinear } from '../functions/regression.js';
import { OF_ROLLED_UP } from '../functions/rolled-up.js';
import { smoothed } from '../functions/smoothing.js';
import type { Window } from '../functions/window.js';
import type { Effort } from '../model/budget.js';
import { failed } from '../model/faults.js';
import { Labels, METRIC_NAME } from '../model/labels.js';
import type { Matcher } from '../model/matchers.js';
import type { Call, Expression } from '../syntax/ast.js';
import { DATES, MATH, RANGES } from '../syntax/signatures.js';
import type { Compiled } from './compiled.js';
import { histogramQuantile, labelJoin, labelReplace } from './label-functions.js';
import { dropsName, Renaming } from './renaming.js';
import type { Ranges } from './selectors.js';
import type { Sample, ScalarAt, VectorAt } from './vector.js';

const includes = <T extends string>(names: readonly T[], name: string): name is T =>
  (names as readonly string[]).includes(name);

const byValue = (a: Sample, b: Sample) => a.value - b.value;

/** By value, NaN at the end in either order. */
function sorted(vector: VectorAt, order: (a: Sample, b: Sample) => number): VectorAt {
  return (time) => {
    const isNumber = ({ value }: Sample) => !Number.isNaN(value);
    const samples = vector(time);
    return [...samples.filter(isNumber).sort(order), ...samples.filter((sample) => !isNumber(sample))];
  };
}

/** The labels that a series would have had that is absent: those that the selector asks to be equal to something. */
function absentLabels(expression: Expression | undefined): Labels {
  if (expression?.kind !== 'selector' && expression?.kind !== 'range') return Labels.NONE;
  const wanted = new Map<string, Matcher | null>();
  for (const matcher of expression.matchers)
    wanted.set(matcher.name, matcher.operator === '=' && !wanted.has(matcher.name) ? matcher : null);
  wanted.delete(METRIC_NAME);
  return Labels.of(
    [...wanted].flatMap(([name, matcher]) => (matcher === null ? [] : [[name, matcher.value]])),
  );
}

/** The arguments of a call, whose types are known to be right. */
class Arguments {
  constructor(private readonly given: readonly Compiled[]) {}

  scalar(index: number, otherwise?: number): ScalarAt {
    const one = this.given[index];
    if (one === undefined && otherwise !== undefined) return () => otherwise;
    if (one?.type !== 'scalar') throw failed(`argument ${index + 1} is no scalar`);
    return one.at;
  }

  vector(index: number): VectorAt {
    const one = this.given[index];
    if (one?.type !== 'vector') throw failed(`argument ${index + 1} is no instant vector`);
    return one.at;
  }

  ranges(index: number): Ranges {
    const one = this.given[index];
    if (one?.type !== 'matrix') throw failed(`argument ${index + 1} is no range vector`);
    return one.ranges;
  }

  /** The strings at the end. */
  texts(): readonly string[] {
    return this.given.flatMap((one) => (one.type === 'string' ? [one.value] : []));
  }

  stamps(index: number): VectorAt | undefined {
    const one = this.given[index];
    return one?.type === 'vector' ? one.stampsAt : undefined;
  }
}

function mapped(vector: VectorAt, effort: Effort, make: (value: number, time: number) => number): VectorAt {
  const renaming = dropsName(effort, false);
  return (time) =>
    renaming.checked(
      vector(time).map(({ labels, value }) => ({ labels: renaming.of(labels), value: make(value, time) })),
    );
}

function overRanges(
  ranges: Ranges,
  renaming: Renaming,
  make: (window: Window) => number | undefined,
): VectorAt {
  return (time) => {
    const samples: Sample[] = [];
    ranges.each(time, (labels, window) => {
      const value = make(window);
      if (value !== undefined) samples.push({ labels: renaming.of(labels), value });
    });
    return samples;
  };
}

/** Nothing, but what is wrong with the argument is said. */
function ofNone(vector: VectorAt): VectorAt {
  return (time) => {
    vector(time);
    return [];
  };
}

/** A call whose arguments are in memory. */
export function call({ name, args }: Call, compiled: readonly Compiled[], effort: Effort): Compiled {
  const given = new Arguments(compiled);
  if (name === 'time') return { type: 'scalar', at: (time) => time / 1_000 };
  if (name === 'pi') return { type: 'scalar', at: () => Math.PI };
  if (name === 'scalar') {
    const vector = given.vector(0);
    const only = (time: number) => {
      const [first, ...others] = vector(time);
      return first === undefined || others.length > 0 ? Number.NaN : first.value;
    };
    return { type: 'scalar', at: only };
  }
  return { type: 'vector', at: vectorCall(name, args, given, effort) };
}

function vectorCall(
  name: Call['name'],
  args: readonly Expression[],
  given: Arguments,
  effort: Effort,
): VectorAt {
  if (includes(MATH, name)) return mapped(given.vector(0), effort, OF_VALUES[name]);
  if (includes(DATES, name)) {
    if (args.length > 0) return mapped(given.vector(0), effort, (value) => ofDate(name, value));
    return (time) => [{ labels: Labels.NONE, value: ofDate(name, time / 1_000) }];
  }
  if (includes(RANGES, name)) {
    const renaming =
      name === 'last_over_time' ? new Renaming(effort, (labels) => labels, true) : dropsName(effort, true);
    const ranges = given.ranges(0);
    const ofRolledUp = ranges.areRolledUp ? OF_ROLLED_UP[name] : undefined;
    return overRanges(ranges, renaming, ofRolledUp ?? OF_RANGES[name]);
  }
  switch (name) {
    case 'quantile_over_time': {
      const quantile = given.scalar(0);
      return overRanges(given.ranges(1), dropsName(effort, true), ({ values, from, to, time }) =>
        quantileOf(quantile(time), values.slice(from, to)),
      );
    }
    case 'predict_linear': {
      const seconds = given.scalar(1);
      return overRanges(given.ranges(0), dropsName(effort, true), (window) =>
        predictLinear(window, seconds(window.time)),
      );
    }
    case 'absent': {
      const vector = given.vector(0);
      const labels = absentLabels(args[0]);
      return (time) => (vector(time).length > 0 ? [] : [{ labels, value: 1 }]);
    }
    case 'absent_over_time': {
      const ranges = given.ranges(0);
      const labels = absentLabels(args[0]);
      return (time) => {
        let isAbsent = true;
        ranges.each(time, () => {
          isAbsent = false;
        });
        return isAbsent ? [{ labels, value: 1 }] : [];
      };
    }
    case 'clamp': {
      const [least, most] = [given.scalar(1), given.scalar(2)];
      const clamped = mapped(given.vector(0), effort, (value, time) =>
        Math.max(least(time), Math.min(most(time), value)),
      );
      return (time) => (most(time) < least(time) ? [] : clamped(time));
    }
    case 'clamp_max': {
      const most = given.scalar(1);
      return mapped(given.vector(0), effort, (value, time) => Math.min(most(time), value));
    }
    case 'clamp_min': {
      const least = given.scalar(1);
      return mapped(given.vector(0), effort, (value, time) => Math.max(least(time), value));
    }
    case 'round': {
      const multiple = given.scalar(1, 1);
      return mapped(given.vector(0), effort, (value, time) => roundTo(value, multiple(time)));
    }
    case 'sort':
      return sorted(given.vector(0), byValue);
    case 'sort_desc':
      return sorted(given.vector(0), (a, b) => byValue(b, a));
    case 'timestamp': {
      const stamps = given.stamps(0);
      return stamps === undefined
        ? mapped(given.vector(0), effort, (_, time) => time / 1_000)
        : mapped(stamps, effort, (value) => value);
    }
    case 'vector': {
      const scalar = given.scalar(0);
      return (time) => [{ labels: Labels.NONE, value: scalar(time) }];
    }
    case 'double_exponential_smoothing': {
      const [level, trend] = [given.scalar(1), given.scalar(2)];
      return overRanges(given.ranges(0), dropsName(effort, true), (window) =>
        smoothed(window, level(window.time), trend(window.time)),
      );
    }
    // Of native histograms, which there are none of.
    case 'histogram_count':
    case 'histogram_sum':
      return ofNone(given.vector(0));
    case 'histogram_fraction':
      return ofNone(given.vector(2));
    case 'histogram_quantile':
      return histogramQuantile(given.scalar(0), given.vector(1), effort);
    case 'label_replace':
      return labelReplace(given.vector(0), given.texts(), effort);
    case 'label_join':
      return labelJoin(given.vector(0), given.texts(), effort);
    default:
      throw failed(`the function "${name}" gives no instant vector`);
  }
}
