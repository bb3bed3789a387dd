import { type Static, Type } from 'typebox';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { PROBLEMS } from '../http/problem.js';
import { RangeQuery, rangeOf } from '../http/range.js';
import { type AnomalyRow, findAnomalies } from '../queries/anomalies.js';
import { TenantQuery, Time } from './requests.js';
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
  },
  { title: 'Anomaly' },
);

export function anomalyBody(row: AnomalyRow): Static<typeof Anomaly> {
  const { start, end, detectedAt } = row;
  return {
    ...row,
    ...{ start: start.toISOString(), end: end.toISOString(), detectedAt: detectedAt.toISOString() },
  };
}

const SEVERITIES = ['info', 'warning', 'critical'] as const;

/** Anomalies, newest first. */
export function anomalyRoutes({ database, limits, clock }: ApiServices): Routes {
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
              ...{ ...RangeQuery, ...PageQuery },
            },
            { additionalProperties: false },
          ),
          response: { 200: Page(Anomaly), ...PROBLEMS },
        },
      },
      async ({ query, asking, gone }) => {
        const range = rangeOf(query, clock.now(), { byDefaultMs: DAY_MS, maxRangeMs: limits.maxRangeMs });
        const after = placeOf(query.cursor, ['number', 'string']) as [number, string] | null;
        const rows = await database.read(asking.tenantId, 'finding anomalies', gone, (reader) =>
          findAnomalies(reader, { ...query, ...range, after, limit: query.limit + 1 }),
        );
        return pageOf(rows, query.limit, (row) => [row.start.getTime(), row.id], anomalyBody);
      },
    );
  };
}
