import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Turns } from '../http/turns.js';
import type { Parameters } from './parameters.js';
import { type AddPath, Length, type PrometheusParts, SpanNeeded, TEXT, Time } from './path.js';
import { type Evaluation, queryInstant, queryRange } from './promql/engine.js';
import { Budget } from './promql/model/budget.js';
import { invalid } from './promql/model/faults.js';
import { instantData, rangeData } from './result.js';
import { sqlSource } from './sql-source.js';

const Query = Type.String({
  ...TEXT,
  minLength: 1,
  description: 'An expression of PromQL',
  examples: ['vector(1)'],
});
/** What evaluates expressions. */
export function addQueryPaths(path: AddPath, { database, limits, clock }: PrometheusParts): void {
  const most = limits.promqlMaxQueries;
  const turns = new Turns({
    what: 'evaluating PromQL (TACTUS_API_PROMQL_MAX_QUERIES)',
    ...{ most, mostOfTenant: Math.ceil(most / 2), waitMs: limits.queryTimeoutMs },
  });

  const evaluation = ({ asking, gone }: FastifyRequest, parameters: Parameters): Evaluation => {
    const timeoutMs =
      parameters.text('timeout') === null
        ? limits.queryTimeoutMs
        : Math.min(limits.queryTimeoutMs, parameters.duration('timeout'));
    if (timeoutMs < 1) throw invalid('invalid parameter "timeout": no time at all; allowed is 1ms or more');
    const budget = new Budget(
      { maxSeries: limits.promqlMaxSeries, maxSamples: limits.promqlMaxSamples, timeoutMs },
      { now: () => performance.now(), yield: async () => await nextTurn() },
      gone,
    );
    return { source: sqlSource(database, asking.tenantId), budget };
  };

  path(
    '/query',
    'An expression at one time',
    { query: Query, time: Time, timeout: Type.Optional(Length('Most that it may take', '5s')) },
    true,
    async (parameters, request) =>
      await turns.take(request.asking.tenantId, request.gone, async () => {
        const time = parameters.time('time', clock.now());
        const given = evaluation(request, parameters);
        return { data: instantData(await queryInstant(parameters.needed('query'), time, given), time) };
      }),
  );

  path(
    '/query_range',
    'An expression at each step of a range',
    { query: Query, ...SpanNeeded, step: Length('From one point to the next', '60') },
    true,
    async (parameters, request) =>
      await turns.take(request.asking.tenantId, request.gone, async () => {
        const steps = {
          start: parameters.time('start', null),
          end: parameters.time('end', null),
          step: parameters.duration('step'),
        };
        const given = evaluation(request, parameters);
        return { data: rangeData(await queryRange(parameters.needed('query'), steps, given)) };
      }),
  );
}
