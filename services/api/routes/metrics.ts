import { Type } from 'typebox';
import { readMetricNames } from '../cache/kept-reads.js';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { pairsOf, TagParameter } from '../http/pairs.js';
import { PROBLEMS } from '../http/problem.js';
import { RangeQuery, rangeOf } from '../http/range.js';
import { TenantPath, TenantQuery } from './requests.js';
import type { ApiServices } from './services.js';

const DAY_MS = 86_400_000;

const MetricName = Type.Object(
  {
    metric: Type.String(),
    series: Type.Integer(),
    lastSeen: Type.String({ format: 'date-time', description: 'The hour of its last point in the range' }),
  },
  { title: 'Metric' },
);

const NamesQuery = {
  tag: TagParameter('name=value, which a series of the metric has; several have all to hold'),
  ...RangeQuery,
  ...PageQuery,
} as const;

/** What is measured, and what was. */
export function metricRoutes({ database, limits, clock, cache }: ApiServices): Routes {
  return (api) => {
    const names = async (
      query: { tag?: string[]; from?: string; to?: string; limit: number; cursor?: string },
      tenantId: string,
      gone: AbortSignal,
    ) => {
      const range = rangeOf(query, clock.now(), { byDefaultMs: DAY_MS, maxRangeMs: limits.maxRangeMs });
      const [after = null] = (placeOf(query.cursor, ['string']) as [string] | null) ?? [];
      const rows = await database.read(tenantId, 'finding metrics', gone, (reader) =>
        readMetricNames(
          { reader, tenantId, cache, clock },
          { ...range, tags: pairsOf('tag', query.tag ?? []), after, limit: query.limit + 1 },
        ),
      );
      return pageOf(
        rows,
        query.limit,
        (row) => [row.metric],
        (row) => ({ ...row, lastSeen: row.lastSeen.toISOString() }),
      );
    };
    const summary = 'Metrics that had points in a range, by name';
    api.get(
      '/metrics',
      {
        config: { right: 'read' },
        schema: {
          ...{ operationId: 'listMetrics', summary, tags: ['metrics'] },
          querystring: Type.Object(
            { ...TenantQuery.properties, ...NamesQuery },
            { additionalProperties: false },
          ),
          response: { 200: Page(MetricName), ...PROBLEMS },
        },
      },
      async ({ query, asking, gone }) => await names(query, asking.tenantId, gone),
    );
    api.get(
      '/metrics/:tenantId',
      {
        config: { right: 'read' },
        schema: {
          ...{ operationId: 'listMetricsOfTenant', summary, tags: ['metrics'] },
          params: TenantPath,
          querystring: Type.Object(NamesQuery, { additionalProperties: false }),
          response: { 200: Page(MetricName), ...PROBLEMS },
        },
      },
      async ({ query, asking, gone }) => await names(query, asking.tenantId, gone),
    );
  };
}
