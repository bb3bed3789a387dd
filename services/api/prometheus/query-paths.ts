import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Turns } from '../http/turns.js';
import type { Parameters } from './parameters.js';
import {
  type AddPath,
  type Found,
  type FoundSeries,
  Length,
  type PrometheusParts,
  reading,
  SpanNeeded,
  TEXT,
  Time,
} from './path.js';
import { type Evaluation, queryInstant, queryRange } from './promql/engine.js';
import { formatExpression } from './promql/format.js';
import { Budget } from './promql/model/budget.js';
import { invalid } from './promql/model/faults.js';
import type { SeriesStore } from './promql/model/series-source.js';
import { parseExpression } from './promql/syntax/parse.js';
import { instantData } from './result.js';
import { SqlSource } from './stored/sql-source.js';

const Query = Type.String({
  ...TEXT,
  minLength: 1,
  description: 'An expression of PromQL',
  examples: ['vector(1)'],
});
const Resolution = Type.Optional(
  Length(
    'Longest roll-ups that may be read though there are points, where auto is a fifth of the step',
    'auto',
    ['auto'],
  ),
);
const Timeout = Type.Optional(Length('Most that it may take', '5s'));

/** What evaluates expressions. */
export function addQueryPaths(path: AddPath, { database, limits, clock }: PrometheusParts): void {
  const most = limits.promqlMaxQueries;
  const turns = new Turns({
    what: 'evaluating PromQL (TACTUS_API_PROMQL_MAX_QUERIES)',
    ...{ most, mostOfTenant: Math.ceil(most / 2), waitMs: limits.queryTimeoutMs },
  });

  /** @param step of the query, in milliseconds; 0 for one time */
  const evaluated = async <T extends Found | FoundSeries>(
    request: FastifyRequest,
    parameters: Parameters,
    step: number,
    evaluate: (given: Evaluation) => Promise<T>,
  ): Promise<T> => {
    const timeoutMs =
      parameters.text('timeout') === null
        ? limits.queryTimeoutMs
        : Math.min(limits.queryTimeoutMs, parameters.duration('timeout'));
    if (timeoutMs < 1) throw invalid('invalid parameter "timeout": no time at all; allowed is 1ms or more');
    const budget = new Budget(
      { maxSeries: limits.promqlMaxSeries, maxSamples: limits.promqlMaxSamples, timeoutMs },
      { now: () => performance.now(), yield: async () => await nextTurn() },
      request.gone,
    );
    const warnings = new Set<string>();
    const options = {
      longestBucket: parameters.longestBucket(step),
      now: clock.now(),
      warn: (warning: string) => warnings.add(warning),
    };
    const store: SeriesStore = {
      read: async (work) =>
        await reading(
          database,
          request,
          { doing: 'reading series for PromQL', ms: budget.msLeft, late: () => budget.timedOut() },
          (reader, signal) => work(new SqlSource(reader, { ...options, signal })),
        ),
    };
    const found = await evaluate({ store, budget });
    return warnings.size === 0 ? found : { ...found, warnings: [...warnings] };
  };

  path(
    '/query',
    'An expression at one time',
    { query: Query, time: Time, timeout: Timeout, max_source_resolution: Resolution },
    true,
    async (parameters, request) =>
      await turns.take(request.asking.tenantId, request.gone, async () => {
        const time = parameters.time('time', clock.now());
        return await evaluated<Found | FoundSeries>(request, parameters, 0, async (given) => {
          const result = await queryInstant(parameters.needed('query'), time, given);
          return result.type === 'matrix' ? { series: result.series } : { data: instantData(result, time) };
        });
      }),
  );

  path(
    '/query_range',
    'An expression at each step of a range',
    {
      ...{ query: Query, ...SpanNeeded },
      step: Length('From one point to the next', '60'),
      timeout: Timeout,
      max_source_resolution: Resolution,
    },
    true,
    async (parameters, request) =>
      await turns.take(request.asking.tenantId, request.gone, async () => {
        const steps = {
          start: parameters.time('start', null),
          end: parameters.time('end', null),
          step: parameters.duration('step'),
        };
        return await evaluated(request, parameters, steps.step, async (given) => ({
          series: await queryRange(parameters.needed('query'), steps, given),
        }));
      }),
  );

  path(
    '/format_query',
    'An expression as it is written well',
    { query: Query },
    true,
    async (parameters) => ({ data: formatExpression(parseExpression(parameters.needed('query'), true)) }),
  );

  path(
    '/query_exemplars',
    'Exemplars: there are none, since points are kept without',
    { query: Query, ...SpanNeeded },
    true,
    async (parameters) => {
      parameters.time('start', null);
      parameters.time('end', null);
      parseExpression(parameters.needed('query'));
      return { data: [] };
    },
  );
}
