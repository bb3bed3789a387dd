import type { Budget } from '../model/budget.js';
import { failed } from '../model/faults.js';
import type { Matcher } from '../model/matchers.js';
import type { Series, SeriesSource } from '../model/series-source.js';
import type { Aggregation, Expression, Subquery, Timing } from '../syntax/ast.js';
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
  readonly #read = new Map<string, Promise<readonly Series[]>>();

  /** @param query the steps of the whole query, which `@ start()` and `@ end()` are about */
  constructor(
    private readonly source: SeriesSource,
    private readonly budget: Budget,
    private readonly query: Steps,
  ) {}

  async compile(expression: Expression, steps: Steps): Promise<Compiled> {
    switch (expression.kind) {
      case 'number':
        return { type: 'scalar', at: () => expression.value };
      case 'string':
        return { type: 'string', value: expression.value };
      case 'selector': {
        const look = this.#look(expression.timing);
        const series = await this.#series(expression.matchers, look, steps, LOOKBACK_MS);
        return { type: 'vector', ...lastPoints(series, look) };
      }
      case 'range': {
        const look = this.#look(expression.timing);
        const series = await this.#series(expression.matchers, look, steps, expression.range);
        return { type: 'matrix', ranges: new Ranges(series, expression.range, look) };
      }
      case 'subquery':
        return { type: 'matrix', ranges: await this.#subquery(expression, steps) };
      case 'call': {
        const args: Compiled[] = [];
        for (const argument of expression.args) args.push(await this.compile(argument, steps));
        return this.#timed(call(expression, args, () => this.budget.checkTime()));
      }
      case 'aggregation':
        return this.#timed({ type: 'vector', at: await this.#aggregation(expression, steps) });
      case 'binary': {
        const left = await this.compile(expression.left, steps);
        const right = await this.compile(expression.right, steps);
        return this.#timed(binary(expression, left, right));
      }
      case 'negation':
        return negated(await this.compile(expression.operand, steps));
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

  async #series(
    matchers: readonly Matcher[],
    look: Look,
    steps: Steps,
    reach: number,
  ): Promise<readonly Series[]> {
    const [start, end] = [look(steps.start) - reach, look(steps.end)];
    const key = JSON.stringify([
      start,
      end,
      matchers.map(({ name, operator, value }) => [name, operator, value]),
    ]);
    // Dashboards ask for the same series on both sides of a division.
    let reading = this.#read.get(key);
    if (reading === undefined) {
      reading = this.#select(matchers, start, end);
      this.#read.set(key, reading);
    }
    return await reading;
  }

  async #select(matchers: readonly Matcher[], start: number, end: number): Promise<readonly Series[]> {
    const { maxSeries } = this.budget.limits;
    const maxSamples = this.budget.samplesLeft;
    const { signal } = this.budget;
    const series = await this.source.select({ matchers, start, end, maxSeries, maxSamples }, signal);
    this.budget.checkWanted();
    this.budget.take(series.reduce((sum, { times }) => sum + times.length, 0));
    return series;
  }

  async #subquery({ operand, range, step, timing }: Subquery, steps: Steps): Promise<Ranges> {
    const look = this.#look(timing);
    const every = step ?? DEFAULT_SUBQUERY_STEP_MS;
    // At multiples of its step, whenever it is asked.
    const start = Math.ceil((look(steps.start) - range) / every) * every;
    const inner: Steps = { start, end: look(steps.end), step: every };
    const compiled = await this.compile(operand, inner);
    return new Ranges(await this.collect(compiled, inner), range, look);
  }

  /** The series of an expression over steps. */
  async collect(compiled: Compiled, { start, end, step }: Steps): Promise<Series[]> {
    if (compiled.type !== 'vector') throw failed('only instant vectors are evaluated at steps');
    const collected = new Collected();
    for (let time = start; time <= end; time += step) {
      await this.budget.pause();
      const vector = compiled.at(time);
      this.budget.take(vector.length);
      collected.add(time, vector);
    }
    return collected.series();
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
        return largest(compiled.at, grouping, scalar, operator);
      case 'quantile':
        return quantiles(compiled.at, grouping, scalar);
      case 'count_values':
        return countValues(compiled.at, grouping, given?.type === 'string' ? given.value : '');
      default:
        return reduced(compiled.at, grouping, REDUCERS[operator]);
    }
  }
}

function negated(operand: Compiled): Compiled {
  if (operand.type === 'scalar') return { type: 'scalar', at: (time) => -operand.at(time) };
  if (operand.type !== 'vector') return operand;
  const renaming = dropsName(true);
  const at: VectorAt = (time) =>
    operand.at(time).map(({ labels, value }) => ({ labels: renaming.of(labels), value: -value }));
  return { type: 'vector', at };
}
