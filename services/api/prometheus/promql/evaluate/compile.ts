import type { Budget, Effort } from '../model/budget.js';
import { failed } from '../model/faults.js';
import type { Matcher } from '../model/matchers.js';
import type { Selected, Selection, Series, SeriesSource, Use } from '../model/series-source.js';
import type { Aggregation, Call, Expression, Subquery, Timing } from '../syntax/ast.js';
import { countValues, largest, quantiles, REDUCERS, reduced } from './aggregate.js';
import { binary } from './binary.js';
import { call } from './calls.js';
import { Collected } from './collected.js';
import type { Compiled } from './compiled.js';
import { dropsName } from './renaming.js';
import { LOOKBACK_MS, type Look, lastPoints, Ranges } from './selectors.js';
import type { ScalarAt, VectorAt } from './vector.js';

/** When an expression is evaluated, in milliseconds: from `start` to `end`, both included. */
export interface Steps {
  readonly start: number;
  readonly end: number;
  /** Greater than 0. */
  readonly step: number;
}

/** How often a sub-query without a step is evaluated, in milliseconds; Prometheus's own default. */
const DEFAULT_SUBQUERY_STEP_MS = 60_000;

/**
 * Brings the series of an expression into memory, and makes of the expression what can be evaluated at each step
 * without waiting: sub-queries become series themselves.
 */
export class Compiler {
  readonly #read = new Map<string, Promise<Selected>>();
  readonly #taken = new Set<Selected['series']>();

  /** @param query the steps of the whole query, which `@ start()` and `@ end()` are about */
  constructor(
    private readonly source: SeriesSource,
    private readonly budget: Budget,
    private readonly query: Steps,
  ) {}

  /** @param use what is made of it, where it is a selector */
  async compile(expression: Expression, steps: Steps, use: Use | null = null): Promise<Compiled> {
    switch (expression.kind) {
      case 'number':
        return { type: 'scalar', at: () => expression.value };
      case 'string':
        return { type: 'string', value: expression.value };
      case 'selector': {
        const look = this.#look(expression.timing);
        const selected = await this.#selected(expression.matchers, look, steps, use ?? 'last', 0);
        return { type: 'vector', ...lastPoints(selected, look) };
      }
      case 'range': {
        const look = this.#look(expression.timing);
        const { matchers, range } = expression;
        const selected = await this.#selected(matchers, look, steps, use ?? 'points', range);
        return { type: 'matrix', ranges: new Ranges(selected, range, look) };
      }
      case 'subquery':
        return { type: 'matrix', ranges: await this.#subquery(expression, steps) };
      case 'call': {
        const args: Compiled[] = [];
        for (const argument of expression.args)
          args.push(await this.compile(argument, steps, useOf(expression, argument)));
        return this.#timed(call(expression, args, this.budget));
      }
      case 'aggregation':
        return this.#timed({ type: 'vector', at: await this.#aggregation(expression, steps) });
      case 'binary': {
        const left = await this.compile(expression.left, steps);
        const right = await this.compile(expression.right, steps);
        return this.#timed(binary(expression, left, right, this.budget));
      }
      case 'negation':
        return negated(await this.compile(expression.operand, steps), this.budget);
      case 'brackets':
      case 'plus':
        return await this.compile(expression.operand, steps, use);
    }
  }

  /** Every node takes as much time as its series: whether there is some left is asked at each. */
  #timed(compiled: Compiled): Compiled {
    if (compiled.type !== 'vector') return compiled;
    const at: VectorAt = (time) => {
      this.budget.checkTime();
      return compiled.at(time);
    };
    return { ...compiled, at };
  }

  #look({ offset, at }: Timing): Look {
    if (at === null) return (time) => time - offset;
    const fixed = (at === 'start' ? this.query.start : at === 'end' ? this.query.end : at) - offset;
    return () => fixed;
  }

  async #selected(
    matchers: readonly Matcher[],
    look: Look,
    steps: Steps,
    use: Use,
    range: number,
  ): Promise<Selected> {
    const first = look(steps.start);
    const end = look(steps.end);
    const start = first - (range || LOOKBACK_MS);
    const step = end > first ? steps.step : 0;
    const key = JSON.stringify([
      ...[start, end, use, range, step],
      matchers.map(({ name, operator, value }) => [name, operator, value]),
    ]);
    // Dashboards ask for the same series on both sides of a division.
    let reading = this.#read.get(key);
    if (reading === undefined) {
      reading = this.#select({ matchers, use, range, step, first, start, end });
      this.#read.set(key, reading);
    }
    return await reading;
  }

  async #select(wanted: Omit<Selection, 'maxSeries' | 'maxSamples'>): Promise<Selected> {
    const { maxSeries } = this.budget.limits;
    const selected = await this.source.select({
      ...wanted,
      maxSeries,
      maxSamples: this.budget.samplesLeft,
    });
    this.budget.checkWanted();
    // Several functions of one range share its points.
    if (!this.#taken.has(selected.series))
      this.budget.take(selected.series.reduce((sum, { times }) => sum + times.length, 0));
    this.#taken.add(selected.series);
    return selected;
  }

  async #subquery({ operand, range, step, timing }: Subquery, steps: Steps): Promise<Ranges> {
    const look = this.#look(timing);
    const every = step ?? DEFAULT_SUBQUERY_STEP_MS;
    // At multiples of its step, whenever it is asked.
    const start = Math.ceil((look(steps.start) - range) / every) * every;
    const inner: Steps = { start, end: look(steps.end), step: every };
    const compiled = await this.compile(operand, inner);
    const series = await collect(compiled, inner, this.budget);
    return new Ranges({ series, bucket: 0 }, range, look);
  }

  async #aggregation(
    { operator, operand, parameter, grouping }: Aggregation,
    steps: Steps,
  ): Promise<VectorAt> {
    const compiled = await this.compile(operand, steps);
    if (compiled.type !== 'vector') throw failed(`${operator} is over no instant vector`);
    const given = parameter === null ? null : await this.compile(parameter, steps);
    const scalar: ScalarAt = given?.type === 'scalar' ? given.at : () => Number.NaN;
    switch (operator) {
      case 'topk':
      case 'bottomk':
        return largest(compiled.at, grouping, this.budget, scalar, operator);
      case 'quantile':
        return quantiles(compiled.at, grouping, this.budget, scalar);
      case 'count_values':
        return countValues(compiled.at, grouping, this.budget, given?.type === 'string' ? given.value : '');
      default:
        return reduced(compiled.at, grouping, this.budget, REDUCERS[operator]);
    }
  }
}

/** What a call makes of the points of an argument. */
function useOf({ name }: Call, argument: Expression): Use | null {
  if (argument.kind === 'range') return name;
  return argument.kind === 'selector' && name === 'timestamp' ? name : null;
}

/** The series of an expression over steps. */
export async function collect(
  compiled: Compiled,
  { start, end, step }: Steps,
  budget: Budget,
): Promise<Series[]> {
  if (compiled.type !== 'vector') throw failed('only instant vectors are evaluated at steps');
  const collected = new Collected(budget);
  for (let time = start; time <= end; time += step) {
    await budget.pause();
    const vector = compiled.at(time);
    budget.take(vector.length);
    collected.add(time, vector);
  }
  return collected.series();
}

function negated(operand: Compiled, effort: Effort): Compiled {
  if (operand.type === 'scalar') return { type: 'scalar', at: (time) => -operand.at(time) };
  if (operand.type !== 'vector') return operand;
  const renaming = dropsName(effort, true);
  const at: VectorAt = (time) =>
    operand.at(time).map(({ labels, value }) => ({ labels: renaming.of(labels), value: -value }));
  return { type: 'vector', at };
}
