import { byLabels, Collected } from './evaluate/collected.js';
import { Compiler, collect, type Steps } from './evaluate/compile.js';
import type { Compiled } from './evaluate/compiled.js';
import type { Ranges } from './evaluate/selectors.js';
import type { Sample } from './evaluate/vector.js';
import type { Budget } from './model/budget.js';
import { invalid } from './model/faults.js';
import { Labels } from './model/labels.js';
import type { Series, SeriesSource, SeriesStore } from './model/series-source.js';
import { type Expression, selectsSeries } from './syntax/ast.js';
import { typeOf } from './syntax/check.js';
import { parseExpression } from './syntax/parse.js';

/** Most points of a series in an answer, as in Prometheus. */
const MAX_STEPS = 11_000;

export type InstantResult =
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'vector'; readonly samples: readonly Sample[] }
  | { readonly type: 'matrix'; readonly series: readonly Series[] };

/** What a query is evaluated with. */
export interface Evaluation {
  readonly store: SeriesStore;
  readonly budget: Budget;
}

/** For expressions that select nothing: they wait for no store. */
const NO_SERIES: SeriesSource = { select: async () => ({ series: [], bucket: 0 }) };

/** Reads what an expression selects, all of it at once, so that the store is free while the expression is evaluated. */
async function readied(
  expression: Expression,
  steps: Steps,
  { store, budget }: Evaluation,
): Promise<Compiled> {
  const from = async (source: SeriesSource) =>
    await new Compiler(source, budget, steps).compile(expression, steps);
  return selectsSeries(expression) ? await store.read(from) : await from(NO_SERIES);
}

/**
 * What an expression is at one time.
 *
 * @param time in milliseconds
 * @throws TACTUS_PROMQL_INVALID, TACTUS_PROMQL_FAILED or TACTUS_QUERY_TIMEOUT
 */
export async function queryInstant(
  text: string,
  time: number,
  evaluation: Evaluation,
): Promise<InstantResult> {
  const { budget } = evaluation;
  const expression = parseExpression(text);
  const steps: Steps = { start: time, end: time, step: 1 };
  const compiled = await readied(expression, steps, evaluation);
  switch (compiled.type) {
    case 'string':
      return compiled;
    case 'scalar':
      return { type: 'scalar', value: compiled.at(time) };
    case 'vector': {
      await budget.pause();
      const samples = compiled.at(time);
      budget.take(samples.length);
      return { type: 'vector', samples };
    }
    case 'matrix':
      return { type: 'matrix', series: pointsOf(compiled.ranges, time) };
  }
}

/** The points of a range themselves. */
function pointsOf(ranges: Ranges, time: number): Series[] {
  const found: Series[] = [];
  ranges.each(time, (labels, { times, values, from, to }) => {
    found.push({ labels, times: times.subarray(from, to), values: values.subarray(from, to) });
  });
  return found.sort(byLabels);
}

/**
 * What an expression is at each step of a range, in order of the labels.
 *
 * @param steps in milliseconds
 * @throws TACTUS_PROMQL_INVALID, TACTUS_PROMQL_FAILED or TACTUS_QUERY_TIMEOUT
 */
export async function queryRange(
  text: string,
  steps: Steps,
  evaluation: Evaluation,
): Promise<readonly Series[]> {
  const { budget } = evaluation;
  if (!(steps.step > 0))
    throw invalid('zero or negative query resolution step widths are not accepted. Try a positive integer');
  if (steps.end < steps.start) throw invalid('end timestamp must not be before start time');
  if ((steps.end - steps.start) / steps.step > MAX_STEPS)
    throw invalid(
      `exceeded maximum resolution of ${MAX_STEPS} points per timeseries. Try decreasing the query resolution (?step=XX)`,
    );
  const expression = parseExpression(text);
  const type = typeOf(expression);
  if (type !== 'vector' && type !== 'scalar')
    throw invalid(
      `invalid expression type ${JSON.stringify(type === 'matrix' ? 'range vector' : type)} for range query, must be Scalar or instant Vector`,
    );
  const compiled = await readied(expression, steps, evaluation);
  if (compiled.type !== 'scalar') return await collect(compiled, steps, budget);
  const collected = new Collected(budget);
  for (let time = steps.start; time <= steps.end; time += steps.step) {
    await budget.pause();
    collected.add(time, [{ labels: Labels.NONE, value: compiled.at(time) }]);
  }
  return collected.series();
}
