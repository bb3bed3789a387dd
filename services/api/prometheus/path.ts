import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type TProperties, Type } from 'typebox';
import type { Config } from '../../../shared/config/load.js';
import type { Clock } from '../../../shared/core/clock.js';
import type { Api } from '../http/app.js';
import { TIMESTAMP_FORM } from '../http/range.js';
import { keeping } from '../http/unread-answers.js';
import type { TenantDatabase, TenantReader } from '../queries/tenant-database.js';
import type { RuleSources } from '../rules/all-rules.js';
import { prometheusError } from './answer.js';
import { matrixText } from './matrix-text.js';
import { MAX_SHORT, Parameters } from './parameters.js';
import { timedOut } from './promql/model/faults.js';
import type { Series } from './promql/model/series-source.js';

const BYTES_OF_LABELS = 500;

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
const LENGTH_FORM = String.raw`-?(\d+\.?\d*|\.\d+)(e[+\-]?\d+)?|(\d+(ms|[smhdwy]))+`;
export const Length = (description: string, example: string, words: readonly string[] = []) =>
  Type.String({
    ...{ pattern: `^(${[...words, LENGTH_FORM].join('|')})?$`, maxLength: MAX_SHORT },
    ...{ description: `${description}: seconds, or a duration such as 5m`, examples: [example] },
  });
export const Limit = Type.Optional(
  Type.String({ pattern: String.raw`^\d{0,9}$`, description: 'Most that are answered; 0 for all' }),
);
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

/** Series by their points, which may be many: they are answered as {@link matrixText}. */
export interface FoundSeries {
  readonly series: readonly Series[];
  readonly warnings?: readonly string[];
}

/** Answers one path. */
type Answer = (parameters: Parameters, request: FastifyRequest) => Promise<Found | FoundSeries>;

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

/** About what series take in memory: two numbers a point, and their labels. */
function bytesOf(series: readonly Series[]): number {
  return series.reduce((sum, { times }) => sum + BYTES_OF_LABELS + 16 * times.length, 0);
}

/** Adds paths whose answers and errors have Prometheus's form. */
export function pathsOf(scope: Api): AddPath {
  return (url, summary, query, posts, answer) => {
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      const found = await answer(parametersOf(request), request);
      if (!('series' in found)) return { status: 'success', ...found };
      reply.type('application/json; charset=utf-8');
      const text = Readable.from(matrixText(found.series, found.warnings ?? []));
      return keeping(text, bytesOf(found.series));
    };
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

/**
 * Reads as the tenant that a request is for, for so long at most.
 *
 * @throws TactusError of {@link TenantDatabase.read}, and what `late` gives once the time is over
 */
export async function reading<T>(
  database: TenantDatabase,
  { asking, gone }: FastifyRequest,
  { doing, ms, late }: { readonly doing: string; readonly ms: number; readonly late: () => Error },
  work: (reader: TenantReader, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ends = AbortSignal.any([gone, AbortSignal.timeout(ms)]);
  try {
    return await database.read(asking.tenantId, doing, ends, (reader) => work(reader, ends));
  } catch (error) {
    if (ends.aborted && !gone.aborted) throw late();
    throw error;
  }
}

/** As `reading`, for as long as a query may take. */
export function readingWith({ database, limits }: PrometheusParts) {
  const ms = limits.queryTimeoutMs;
  return async <T>(
    request: FastifyRequest,
    doing: string,
    work: (reader: TenantReader, signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    await reading(
      database,
      request,
      { doing, ms, late: () => timedOut(`${doing} takes longer than ${ms / 1_000} s, which are allowed`) },
      work,
    );
}
