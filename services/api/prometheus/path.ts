import type { FastifyRequest } from 'fastify';
import { type TProperties, Type } from 'typebox';
import type { Config } from '../../../shared/config/load.js';
import type { Clock } from '../../../shared/core/clock.js';
import type { Api } from '../http/app.js';
import { TIMESTAMP_FORM } from '../http/range.js';
import type { TenantDatabase, TenantReader } from '../queries/tenant-database.js';
import type { RuleSources } from '../rules/all-rules.js';
import { prometheusError } from './answer.js';
import { MAX_SHORT, Parameters } from './parameters.js';

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
const response = { 200: Success, '4xx': Failure, '5xx': Failure };
export const FORM = 'application/x-www-form-urlencoded';
export const TEXT = { maxLength: 16_384 } as const;
/** An empty text is as none, as everywhere in Prometheus's API. */
const TimeNeeded = Type.String({
  ...{ pattern: `^(${TIMESTAMP_FORM})?$`, maxLength: MAX_SHORT, examples: ['2026-01-02T03:04:05Z'] },
  description: 'Seconds since 1970, or RFC 3339',
});
export const Time = Type.Optional(TimeNeeded);
export const Length = (description: string, example: string) =>
  Type.String({
    ...{
      pattern: String.raw`^(-?(\d+\.?\d*|\.\d+)(e[+\-]?\d+)?|(\d+(ms|[smhdwy]))+)?$`,
      maxLength: MAX_SHORT,
    },
    ...{ description: `${description}: seconds, or a duration such as 5m`, examples: [example] },
  });
export const MatchNeeded = Type.Unsafe<string | string[]>({
  ...{ type: ['string', 'array'], items: { type: 'string' }, ...TEXT, examples: ['up'] },
  description: 'Selectors of series; may be repeated',
});
export const Match = Type.Optional(MatchNeeded);
export const Span = { start: Time, end: Time } as const;
export const SpanNeeded = { start: TimeNeeded, end: TimeNeeded } as const;

export interface PrometheusParts extends RuleSources {
  readonly database: TenantDatabase;
  readonly limits: Config['api'];
  readonly clock: Clock;
}

export interface Found {
  readonly data: unknown;
  readonly warnings?: readonly string[];
}

/** Answers one path. */
type Answer = (parameters: Parameters, request: FastifyRequest) => Promise<Found>;

/** @param posts whether it takes a form, too */
export type AddPath = (
  url: string,
  summary: string,
  query: TProperties,
  posts: boolean,
  answer: Answer,
) => void;

function parametersOf({ url, body }: FastifyRequest): Parameters {
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  return new Parameters(body instanceof URLSearchParams ? [body, query] : [query]);
}

/** Adds paths whose answers and errors have Prometheus's form. */
export function pathsOf(scope: Api): AddPath {
  return (url, summary, query, posts, answer) => {
    const handler = async (request: FastifyRequest) => ({
      status: 'success',
      ...(await answer(parametersOf(request), request)),
    });
    const operationId = `prometheus${url.replaceAll(/[/_:]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
    const config = { right: 'read', errors: prometheusError, refusals: [422] } as const;
    scope.get(
      url,
      {
        config,
        schema: {
          ...{ operationId, summary, tags: ['prometheus'], querystring: Type.Object(query) },
          ...(url.includes(':') && { params: Type.Object({ name: Type.String({ maxLength: 1_024 }) }) }),
          response,
        },
      },
      handler as never,
    );
    if (posts)
      scope.post(
        url,
        {
          config,
          schema: {
            ...{
              operationId: `${operationId}ByForm`,
              summary: `${summary}, as a form`,
              tags: ['prometheus'],
            },
            ...{ consumes: [FORM], body: Type.Object(query), response },
          },
        },
        handler as never,
      );
  };
}

/** Reads as the tenant that a request is for. */
export const reading =
  (database: TenantDatabase) =>
  async <T>(
    { asking, gone }: FastifyRequest,
    doing: string,
    work: (reader: TenantReader) => Promise<T>,
  ): Promise<T> =>
    await database.read(asking.tenantId, doing, gone, work);
