import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { type TProperties, Type } from 'typebox';
import type { Config } from '../../../shared/config/load.js';
import type { Clock } from '../../../shared/core/clock.js';
import { packageVersion } from '../../../shared/files/package-root.js';
import type { Api, Routes } from '../http/app.js';
import type { TenantDatabase, TenantReader } from '../queries/tenant-database.js';
import { prometheusError } from './answer.js';
import { findFiringAlerts } from './firing-alerts.js';
import { Gate } from './gate.js';
import { findMetadata } from './metadata.js';
import { Parameters } from './parameters.js';
import { type Evaluation, queryInstant, queryRange } from './promql/engine.js';
import { Budget } from './promql/model/budget.js';
import type { Labels } from './promql/model/labels.js';
import { instantData, rangeData } from './result.js';
import { findLabelNames, findLabelValues, findSeries, labelsOf } from './series-catalog.js';
import { sqlSource } from './sql-source.js';

/** The version whose language and answers these are. */
const VERSION = '2.42.0';
/** What is looked at where no begin is named; Prometheus looks at all that it has. */
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const Success = Type.Object({
  status: Type.Literal('success'),
  data: Type.Unknown({ description: 'As Prometheus gives it' }),
  warnings: Type.Optional(Type.Array(Type.String())),
});
const Failure = Type.Object({
  status: Type.Literal('error'),
  errorType: Type.String({ description: 'bad_data, execution, timeout, unavailable and others' }),
  error: Type.String(),
});
const TEXT = { maxLength: 16_384 } as const;
const Time = Type.Optional(Type.String({ ...TEXT, description: 'Seconds since 1970, or RFC 3339' }));
const Query = Type.String({ ...TEXT, description: 'An expression of PromQL', examples: ['vector(1)'] });
const Match = Type.Optional(
  Type.Unsafe<string | string[]>({
    ...{ type: ['string', 'array'], items: { type: 'string' } },
    description: 'Selectors of series; may be repeated',
  }),
);
const Span = { start: Time, end: Time } as const;

export interface PrometheusParts {
  readonly database: TenantDatabase;
  readonly limits: Config['api'];
  readonly clock: Clock;
}

interface Found {
  readonly data: unknown;
  readonly warnings?: readonly string[];
}

/** Answers one path. */
type Answer = (parameters: Parameters, request: FastifyRequest) => Promise<Found>;

/** As many as may be answered, with a warning where there are more. */
function atMost(limit: number, found: readonly string[]): Found {
  if (found.length <= limit) return { data: found };
  const warning = `there are more than ${limit}, which are left out (TACTUS_API_PROMQL_MAX_SERIES); match labels, or name a shorter time`;
  return { data: found.slice(0, limit), warnings: [warning] };
}

/** Prometheus's read API, for Grafana and others that ask one. */
export function prometheusRoutes(services: PrometheusParts): Routes {
  return (api) => {
    api.register(
      async (scope) => {
        answerLikePrometheus(scope as Api);
        addPaths(scope as Api, services);
      },
      { prefix: '/prom/api/v1' },
    );
  };
}

function answerLikePrometheus(scope: Api): void {
  // Schemas are the description here: what is wrong is said as Prometheus says it, and what is not known is left out.
  scope.setValidatorCompiler(() => () => true);
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
}

function parametersOf({ url, body }: FastifyRequest): Parameters {
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  return new Parameters(body instanceof URLSearchParams ? [body, query] : [query]);
}

function addPaths(scope: Api, services: PrometheusParts): void {
  const { database, limits, clock } = services;
  const most = limits.promqlMaxSeries;
  const gate = new Gate(limits.promqlMaxQueries, limits.queryTimeoutMs);

  /** @param posts whether it takes a form, too */
  const path = (url: string, summary: string, query: TProperties, posts: boolean, answer: Answer) => {
    const handler = async (request: FastifyRequest) => ({
      status: 'success',
      ...(await answer(parametersOf(request), request)),
    });
    const operationId = `prometheus${url.replaceAll(/[/_:](\w)/g, (_, letter: string) => letter.toUpperCase())}`;
    const config = { right: 'read', errors: prometheusError } as const;
    scope.get(
      url,
      {
        config,
        schema: {
          ...{ operationId, summary, tags: ['prometheus'], querystring: Type.Object(query) },
          ...(url.includes(':') && { params: Type.Object({ name: Type.String({ maxLength: 1_024 }) }) }),
          response: { 200: Success, '4xx': Failure, '5xx': Failure },
        },
      },
      handler as never,
    );
    if (posts) scope.post(url, { config, schema: { hide: true } }, handler);
  };

  const read = async <T>(
    { asking, gone }: FastifyRequest,
    doing: string,
    work: (reader: TenantReader) => Promise<T>,
  ): Promise<T> => await database.read(asking.tenantId, doing, gone, work);

  const evaluation = ({ asking, gone }: FastifyRequest, parameters: Parameters): Evaluation => {
    const timeoutMs =
      parameters.text('timeout') === null
        ? limits.queryTimeoutMs
        : Math.min(limits.queryTimeoutMs, parameters.duration('timeout'));
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
    { query: Query, time: Time, timeout: Time },
    true,
    async (parameters, request) =>
      await gate.run(request.gone, async () => {
        const time = parameters.time('time', clock.now());
        const given = evaluation(request, parameters);
        return { data: instantData(await queryInstant(parameters.needed('query'), time, given), time) };
      }),
  );

  path(
    '/query_range',
    'An expression at each step of a range',
    { query: Query, ...Span, step: Type.String({ description: 'Seconds, or a duration', examples: ['60'] }) },
    true,
    async (parameters, request) =>
      await gate.run(request.gone, async () => {
        const steps = {
          start: parameters.time('start', null),
          end: parameters.time('end', null),
          step: parameters.duration('step'),
        };
        const given = evaluation(request, parameters);
        return { data: rangeData(await queryRange(parameters.needed('query'), steps, given)) };
      }),
  );

  const span = (parameters: Parameters) => {
    const end = parameters.time('end', clock.now());
    return { start: parameters.time('start', end - DAY_MS), end };
  };

  const matched = async (parameters: Parameters, request: FastifyRequest): Promise<readonly Labels[]> => {
    const found = new Map<string, Labels>();
    for (const matchers of parameters.selectors()) {
      const series = await read(request, 'finding series', (reader) =>
        findSeries(reader, matchers, span(parameters), most),
      );
      for (const labels of series.map(labelsOf)) found.set(labels.key, labels);
    }
    return [...found.values()];
  };

  path('/series', 'Series that match', { 'match[]': Match, ...Span }, true, async (parameters, request) => {
    if (parameters.selectors().length === 0) parameters.needed('match[]');
    return { data: (await matched(parameters, request)).map((labels) => labels.toJSON()) };
  });

  path('/labels', 'Names of labels', { 'match[]': Match, ...Span }, true, async (parameters, request) => {
    if (parameters.selectors().length === 0)
      return atMost(
        most,
        await read(request, 'finding labels', (reader) => findLabelNames(reader, span(parameters), most + 1)),
      );
    const found = await matched(parameters, request);
    return { data: [...new Set(found.flatMap(({ entries }) => entries.map(([name]) => name)))].sort() };
  });

  path(
    '/label/:name/values',
    'Values of a label',
    { 'match[]': Match, ...Span },
    false,
    async (parameters, request) => {
      const { name } = request.params as { name: string };
      if (parameters.selectors().length === 0)
        return atMost(
          most,
          await read(request, 'finding values of a label', (reader) =>
            findLabelValues(reader, name, span(parameters), most + 1),
          ),
        );
      const found = (await matched(parameters, request)).map((labels) => labels.get(name));
      return { data: [...new Set(found)].filter((value) => value !== '').sort() };
    },
  );

  path(
    '/metadata',
    'What is known of metrics that had points in the last hour',
    { metric: Type.Optional(Type.String(TEXT)), limit: Type.Optional(Type.String(TEXT)) },
    false,
    async (parameters, request) => ({
      data: await read(request, 'finding metadata', (reader) =>
        findMetadata(
          reader,
          parameters.text('metric'),
          clock.now() - HOUR_MS,
          parameters.limit('limit', most),
        ),
      ),
    }),
  );

  // Rules are not of PromQL here: /api/v1/alerts and the command line show them.
  path('/rules', 'No rules: those of Tactus are not of PromQL', {}, false, async () => ({
    data: { groups: [] },
  }));

  path('/alerts', 'Alerts that fire', {}, false, async (_parameters, request) => ({
    data: { alerts: await read(request, 'finding alerts', (reader) => findFiringAlerts(reader, most)) },
  }));

  path('/status/buildinfo', 'The version whose language is spoken', {}, false, async () => ({
    data: {
      version: VERSION,
      revision: `tactus ${packageVersion()}`,
      ...{ branch: '', buildUser: '', buildDate: '', goVersion: '' },
    },
  }));
}
