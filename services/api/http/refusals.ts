import type { FastifySchema, RouteOptions } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { PROBLEMS } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Statuses of refusals besides those that follow from what the route declares. */
    readonly refusals?: readonly Status[];
  }
}

const DESCRIPTIONS = {
  400: 'The request is malformed, or a parameter or field is not allowed',
  401: 'No key, token or login, or one that is not in force',
  403: 'The caller may not do this, or not for this tenant',
  404: 'There is none, or not for this tenant',
  409: 'What there is already stands against it, or the same request is at work',
  412: 'It was changed since it was read',
  413: 'The body is larger than the limit',
  415: 'The body has a type or an encoding that is not taken',
  422: 'It cannot be done as it is asked, or the Idempotency-Key was used for another request',
  428: 'The version that was read is needed, as If-Match',
  429: 'Too many of these: ask again after Retry-After',
  431: 'Address and headers are larger than 16 KiB together',
  500: 'A fault, of which the log has the reason',
  503: 'A server is away, or it takes too long: ask again after Retry-After',
} as const;

type Status = keyof typeof DESCRIPTIONS;

/** Said before the route is known, or where there is none: in the form of all others, whatever that of the route is. */
const UNROUTED: ReadonlySet<Status> = new Set([404, 431]);

const RetryAfter = { 'retry-after': Type.Integer({ description: 'Seconds' }) };
const HEADERS: Partial<Record<Status, Record<string, TSchema>>> = {
  401: { 'www-authenticate': Type.String({ description: 'How to present a key or token' }) },
  412: { etag: Type.String({ description: 'Of the version that there is' }) },
  429: RetryAfter,
  503: RetryAfter,
};

/**
 * In the place of `4xx` and `5xx` each status that a route may answer.
 *
 * @param route what follows from what it declares need not be said: a right, a body, headers
 */
export function withRefusals(schema: FastifySchema, route: RouteOptions): FastifySchema {
  const { '4xx': refused, '5xx': failed, ...answers } = (schema.response ?? {}) as Record<string, TSchema>;
  if (refused === undefined || failed === undefined) return schema;
  const refusals = statusesOf(schema, route).map((status) => [
    status,
    {
      ...(UNROUTED.has(status) ? PROBLEMS['4xx'] : status < 500 ? refused : failed),
      description: DESCRIPTIONS[status],
      ...(HEADERS[status] && { headers: HEADERS[status] }),
    },
  ]);
  return { ...schema, response: { ...answers, ...Object.fromEntries(refusals) } };
}

function statusesOf({ params, querystring, headers, body }: FastifySchema, route: RouteOptions): Status[] {
  const { right, refusals = [] } = route.config ?? {};
  const takesBody = route.method !== 'GET';
  const has = (part: unknown, ...names: readonly string[]) =>
    names.some((name) => name in ((part as { properties?: object } | undefined)?.properties ?? {}));
  const isAsked = right !== undefined || takesBody || [params, querystring, headers, body].some(Boolean);
  const statuses: Status[] = [
    ...(isAsked ? ([400] as const) : []),
    ...(right === undefined ? [] : ([401, 403] as const)),
    ...(params === undefined ? [] : ([404] as const)),
    ...(takesBody ? ([413, 415] as const) : []),
    ...(has(headers, 'idempotency-key') ? ([409, 422, 429] as const) : []),
    ...(has(headers, 'if-match') ? ([412, 428] as const) : []),
    ...([...refusals, 431, 500, 503] as const),
  ];
  return [...new Set(statuses)].sort((a, b) => a - b);
}
