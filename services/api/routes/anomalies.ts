import { type Static, Type } from 'typebox';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { PROBLEMS } from '../http/problem.js';
import { RangeQuery, rangeOf } from '../http/range.js';
import { type AnomalyRow, anomalyById, findAnomalies } from '../queries/anomalies.js';
import { found, IdPath, TenantQuery, Time } from './requests.js';
import type { ApiServices } from './services.js';

const DAY_MS = 86_400_000;

export const Tags = Type.Record(Type.String(), Type.String());

export const Anomaly = Type.Object(
  {
    ...{
      id: Type.String(),
      metric: Type.String(),
      tags: Tags,
      detector: Type.String(),
      window: Type.String(),
    },
    ...{ start: Time, end: Time, value: Type.Number(), expected: Type.Number(), lower: Type.Number() },
    ...{ upper: Type.Number(), score: Type.Number(), severity: Type.String(), explanation: Type.String() },
    detectedAt: Time,
    mutedUntil: Type.Union([Time, Type.Null()], {
      description:
        'Until when anomalies of its series are muted: they raise no alert, and are not to be counted',
    }),
  },
  { title: 'Anomaly' },
);

/** An anomaly of a tenant as it is answered. */
export function anomalyItem(
  { of: _, ...row }: AnomalyRow & { readonly of?: number },
  tenantId: string,
  { acting, clock }: Pick<ApiServices, 'acting' | 'clock'>,
): Static<typeof Anomaly> {
  const { start, end, detectedAt } = row;
  const mutedUntil = acting.control.mutes.until({ ...row, tenantId }, clock.now());
  return {
    ...{ ...row, mutedUntil: mutedUntil === null ? null : isoTime(mutedUntil) },
    ...{ start: start.toISOString(), end: end.toISOString(), detectedAt: detectedAt.toISOString() },
  };
}

const SEVERITIES = ['info', 'warning', 'critical'] as const;

/** Anomalies, newest first. */
export function anomalyRoutes(services: ApiServices): Routes {
  const { database, limits, clock, acting } = services;
  return (api) => {
    api.get(
      '/anomalies',
      {
        config: { right: 'read' },
        schema: {
          ...{
            operationId: 'listAnomalies',
            summary: 'Anomalies with their explanation, newest first',
            tags: ['anomalies'],
          },
          querystring: Type.Object(
            {
              ...TenantQuery.properties,
              metric: Type.Optional(Type.String({ maxLength: 256 })),
              severity: Type.Optional(Type.Enum(SEVERITIES, { description: 'This one only' })),
              muted: Type.Optional(
                Type.Boolean({ description: 'Only those of series that are muted now, or only the others' }),
              ),
              ...{ ...RangeQuery, ...PageQuery },
            },
            { additionalProperties: false },
          ),
          response: { 200: Page(Anomaly), ...PROBLEMS },
        },
      },
      async ({ query: { muted: wanted, ...query }, asking: { tenantId }, gone }) => {
        const range = rangeOf(query, clock.now(), { byDefaultMs: DAY_MS, maxRangeMs: limits.maxRangeMs });
        const after = placeOf(query.cursor, ['number', 'string']) as [number, string] | null;
        const muted =
          wanted === undefined ? null : { wanted, series: acting.control.mutes.of(tenantId, clock.now()) };
        const rows = await database.read(tenantId, 'finding anomalies', gone, (reader) =>
          findAnomalies(reader, { ...query, ...range, muted, after, limit: query.limit + 1 }),
        );
        return pageOf(
          rows,
          query.limit,
          (row) => [row.start.getTime(), row.id],
          (row) => anomalyItem(row, tenantId, services),
        );
      },
    );
    api.get(
      '/anomalies/:id',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'getAnomaly',
          summary: 'An anomaly, of whatever time it is',
          tags: ['anomalies'],
          params: IdPath,
          querystring: TenantQuery,
          response: { 200: Anomaly, ...PROBLEMS },
        },
      },
      async ({ params: { id }, asking: { tenantId }, gone }) => {
        const row = await database.read(tenantId, 'reading an anomaly', gone, (reader) =>
          anomalyById(reader, id),
        );
        return anomalyItem(found(row, 'anomaly', id), tenantId, services);
      },
    );
  };
}
