import { type Static, Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { hasTags } from '../../../shared/wire/series-tags.js';
import type { Asking } from '../access/asking.js';
import { readSeries, readSeriesNames } from '../cache/kept-reads.js';
import type { Routes } from '../http/app.js';
import { pairsOf, TagParameter } from '../http/pairs.js';
import { PROBLEMS } from '../http/problem.js';
import { DurationField, durationOf, RangeQuery, rangeOf } from '../http/range.js';
import { type AnomalyRow, findAnomalies } from '../queries/anomalies.js';
import { AGGREGATIONS, KINDS } from '../queries/series/aggregation.js';
import type { FoundSeries, SeriesSearch } from '../queries/series/find-series.js';
import { requireRoom, withGaps } from '../queries/series/gaps.js';
import { comparable, type Plan, planOf, SOURCES, shifted } from '../queries/series/plan.js';
import { Anomaly, anomalyItem, Tags } from './anomalies.js';
import { BandField, BandParameter, BandSensitivity, bands } from './band.js';
import { TenantQuery, Time } from './requests.js';
import type { ApiServices } from './services.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Of points, which each are read. */
const MAX_QUANTILE_RANGE_MS = DAY_MS;
const MAX_ANOMALIES = 1_000;
const MAX_TOP = 100;

/** As OpenAPI 3.1 and the serializer both take it. */
const Point = Type.Unsafe<[number, number | null]>({
  ...{ type: 'array', items: { type: ['number', 'null'] }, minItems: 2, maxItems: 2 },
  description: 'Time in ms since the epoch, and value',
});

const Answer = Type.Object(
  {
    metric: Type.String(),
    aggregation: Type.String(),
    source: Type.Enum(SOURCES, { description: 'What was read: points, windows of ten seconds, or roll-ups' }),
    resolutionMs: Type.Integer({ description: '0 for points as they came' }),
    from: Time,
    to: Time,
    series: Type.Array(
      Type.Object(
        {
          tags: Tags,
          total: Type.Optional(
            Type.Union([Type.Number(), Type.Null()], {
              description: 'Over the whole range, where the top was asked for',
            }),
          ),
          points: Type.Array(Point, { description: 'null where a step has no points' }),
          previous: Type.Optional(
            Type.Array(Point, { description: 'Of the period before, at the times of this one' }),
          ),
        },
        { title: 'SeriesOverTime' },
      ),
    ),
    anomalies: Type.Array(Anomaly, { description: 'Of the metric in the range, with what was expected' }),
    band: Type.Optional(BandField),
  },
  { title: 'MetricOverTime' },
);

const common = {
  ...TenantQuery.properties,
  metric: Type.String({ minLength: 1, maxLength: 256, examples: ['system.cpu.usage_percent'] }),
  tag: TagParameter('name=value; several have all to hold'),
  resolution: Type.Optional(DurationField('Length of a step; chosen by the range by default', '1m')),
  source: Type.Optional(Type.Enum(SOURCES, { description: 'Chosen by the resolution by default' })),
  ...RangeQuery,
} as const;

const QueryParameters = Type.Object(
  {
    ...common,
    exact: Type.Boolean({
      default: false,
      description: 'The tags are all the tags of the one series that is meant',
    }),
    aggregation: Type.Enum(AGGREGATIONS, { default: 'avg', description: 'Of the points of a step' }),
    band: BandParameter,
    sensitivity: BandSensitivity,
  },
  { additionalProperties: false },
);

const AggregatedParameters = Type.Object(
  {
    ...common,
    by: Type.Optional(
      Type.Array(Type.String({ maxLength: 256 }), {
        maxItems: 8,
        description: 'Tags to group by; none makes one group',
      }),
    ),
    aggregation: Type.Enum(AGGREGATIONS, {
      default: 'avg',
      description: 'Of all points of a group in a step',
    }),
    top: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_TOP,
        description: 'Only the groups that are highest over the range',
      }),
    ),
    compare: Type.Optional(DurationField('How far back an earlier period lies that comes with it', '1d')),
  },
  { additionalProperties: false },
);

type Parameters = Static<typeof QueryParameters> & Static<typeof AggregatedParameters>;

/** Figures of series over time. */
export function seriesRoutes(services: ApiServices): Routes {
  const { database, limits, clock, cache, sharing, acting } = services;
  const byLink = (grouped: boolean) =>
    sharing.reads.metric<Partial<Parameters> & Pick<Parameters, 'metric' | 'aggregation'>>(
      ({ tag = [], by = [], exact, sensitivity, ...asked }) =>
        exact === true || sensitivity !== undefined
          ? null
          : { ...asked, tags: pairsOf('tag', tag), by: grouped ? by : null },
    );
  const bandFor = bands({ database, limits, acting });
  const answer = async (
    query: Omit<Parameters, 'exact' | 'band'> & { readonly exact?: boolean; readonly band?: boolean },
    by: readonly string[] | null,
    { tenantId, caller }: Asking,
    gone: AbortSignal,
  ) => {
    const range = rangeOf(query, clock.now(), { byDefaultMs: HOUR_MS, maxRangeMs: limits.maxRangeMs });
    const { metric, aggregation, exact = false, top, sensitivity } = query;
    if (sensitivity !== undefined && query.band !== true)
      throw new TactusError('TACTUS_REQUEST_INVALID', 'sensitivity: is that of a band: add band=true');
    const { sources } = KINDS[aggregation];
    const [first] = sources;
    if (sources.length === 1 && first === 'raw' && range.end - range.start > MAX_QUANTILE_RANGE_MS)
      throw new TactusError(
        'TACTUS_QUERY_TOO_LARGE',
        `aggregation: ${aggregation} is made of single points, at most of one day; ask for a shorter range, or for avg, min or max`,
      );
    const isGrouped = by !== null || aggregation.startsWith('p');
    const backMs = query.compare === undefined ? null : durationOf('compare', query.compare);
    const plan = planOf({
      ...range,
      resolutionMs: query.resolution === undefined ? null : durationOf('resolution', query.resolution),
      source: query.source ?? null,
      allowed: backMs === null ? sources : comparable(sources, backMs),
      isGrouped,
      maxPoints: limits.maxPoints,
    });
    const search: SeriesSearch = {
      ...{ plan, metric, tags: pairsOf('tag', query.tag ?? []), exact, by, aggregation },
      ...{ top: top ?? null, maxSeries: limits.maxSeries },
    };
    const [found, before, anomalies] = await database.read(
      tenantId,
      'reading series',
      gone,
      async (reader) => {
        const reading = { reader, tenantId, cache, clock };
        // All are sent at once, and answered in turn, but for what the highest groups were before: of others there may be very many.
        const now = readSeries(reading, search);
        const earlier = async (ms: number) => {
          const groups = top === undefined ? undefined : (await now).map(({ tags }) => tags);
          const of = { ...search, top: null, plan: shifted(plan, -ms), ...(groups && { groups }) };
          return await readSeries(reading, of);
        };
        return await Promise.all([
          now,
          backMs === null ? null : earlier(backMs),
          findAnomalies(reader, {
            ...{ metric, start: plan.start, end: plan.end, after: null, limit: MAX_ANOMALIES },
          }),
        ]);
      },
    );
    requireRoom(found.length * (before === null ? 1 : 2), plan);
    const band = query.band === true ? await bandFor({ ...search, sensitivity }, tenantId, gone) : null;
    const { source, stepMs } = plan;
    return {
      ...{ metric, aggregation, source, resolutionMs: stepMs },
      ...{ from: isoTime(plan.start), to: isoTime(plan.end) },
      series: found.map(({ tags, total, points }) => ({
        tags,
        ...(total !== null && { total }),
        points: withGaps(points, plan),
        ...(before !== null && { previous: previousOf(tags, before, plan, backMs ?? 0) }),
      })),
      anomalies: (caller.kind === 'link' ? shownAnomalies(anomalies, search) : anomalies).map((row) =>
        anomalyItem(row, tenantId, services),
      ),
      ...(band !== null && { band }),
    };
  };
  return (api) => {
    api.get(
      '/metrics/query',
      {
        config: { right: 'read', byLink: byLink(false) },
        schema: {
          ...{
            operationId: 'queryMetric',
            summary: 'The series of a metric over time, with its anomalies',
            tags: ['metrics'],
          },
          querystring: QueryParameters,
          response: { 200: Answer, ...PROBLEMS },
        },
      },
      async ({ query, asking, gone }) => (await answer(query, null, asking, gone)) as never,
    );
    api.get(
      '/metrics/aggregated',
      {
        config: { right: 'read', byLink: byLink(true) },
        schema: {
          ...{
            operationId: 'aggregateMetric',
            summary: 'A metric over time, its series grouped by tags',
            tags: ['metrics'],
          },
          querystring: AggregatedParameters,
          response: { 200: Answer, ...PROBLEMS },
        },
      },
      async ({ query, asking, gone }) => (await answer(query, query.by ?? [], asking, gone)) as never,
    );
    api.get(
      '/metrics/series',
      {
        config: { right: 'read' },
        schema: {
          ...{
            operationId: 'listSeries',
            summary: 'The series of a metric that had points in a range',
            tags: ['metrics'],
          },
          querystring: Type.Object(
            { ...TenantQuery.properties, metric: common.metric, tag: common.tag, ...RangeQuery },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({
              series: Type.Array(Type.Object({ tags: Tags, lastSeen: Time }, { title: 'Series' })),
            }),
            ...PROBLEMS,
          },
        },
      },
      async ({ query, asking, gone }) => {
        const range = rangeOf(query, clock.now(), { byDefaultMs: DAY_MS, maxRangeMs: limits.maxRangeMs });
        const { tenantId } = asking;
        const search = {
          ...{ ...range, metric: query.metric, tags: pairsOf('tag', query.tag ?? []) },
          maxSeries: limits.maxSeries,
        };
        const rows = await database.read(tenantId, 'finding series', gone, (reader) =>
          readSeriesNames({ reader, tenantId, cache, clock }, search),
        );
        return { series: rows.map(({ tags, lastSeen }) => ({ tags, lastSeen: lastSeen.toISOString() })) };
      },
    );
  };
}

/** Of all anomalies of a metric, those of series that the answer has: groups do not show of which series they are. */
function shownAnomalies(
  anomalies: readonly AnomalyRow[],
  { by, tags }: Pick<SeriesSearch, 'by' | 'tags'>,
): readonly AnomalyRow[] {
  return by === null ? anomalies.filter((one) => hasTags(one.tags, tags)) : [];
}

/** The same group in the period before, at the times of this one. */
function previousOf(
  tags: Readonly<Record<string, string>>,
  before: readonly FoundSeries[],
  plan: Plan,
  backMs: number,
): [number, number | null][] {
  const key = JSON.stringify(tags);
  const found = before.find((one) => JSON.stringify(one.tags) === key)?.points ?? [];
  return withGaps(
    found.map(([time, value]) => [time + backMs, value]),
    plan,
  );
}
