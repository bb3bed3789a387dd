import { type Static, Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import { MAX_DATE_MS } from '../../../shared/core/iso-time.js';
import { CAUSES } from '../../../shared/windows/tally.js';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { pairsOf, TagParameter } from '../http/pairs.js';
import { PROBLEMS } from '../http/problem.js';
import { RangeQuery, rangeOf, TimeField, timeOf } from '../http/range.js';
import {
  type ComparedWindow,
  type Difference,
  findDifferences,
  findRecords,
  findTally,
  findWindow,
  type ListedDifference,
  type WindowRecord,
} from '../queries/window-differences.js';
import { Tags } from './anomalies.js';
import { Delays, delaysOf, figuresOf, QualityFigures } from './quality.js';
import { found, TenantQuery, Time } from './requests.js';
import type { ApiServices } from './services.js';

const HOUR_MS = 3_600_000;
const MAX_TAGS = 100;

const Window = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'Name of the definition',
  examples: ['10s'],
});
const Metric = Type.String({ minLength: 1, maxLength: 256 });

const OrNull = <T extends Parameters<typeof Type.Array>[0]>(type: T, description: string) =>
  Type.Union([type, Type.Null()], { description });
const MaybeNumber = Type.Union([Type.Number(), Type.Null()]);
const Values = {
  ...{ count: Type.Integer(), sum: Type.Number(), min: Type.Number(), max: Type.Number() },
  ...{ mean: Type.Number(), stddev: Type.Number(), first: Type.Number(), last: Type.Number() },
  ...{ increase: MaybeNumber, distinct: MaybeNumber },
} as const;
const WindowFigures = Type.Object(Values);

const Finding = {
  cause: Type.Enum(CAUSES, {
    description:
      'late: it lacks points that late reports; missing: points that were not late, or there is no window; duplicated: it counts more than are stored; wrong: another figure differs; refused: it has no room for its members',
  }),
  detail: Type.String({ description: 'The difference in words' }),
  storedPoints: Type.Integer(),
  countedPoints: Type.Integer(),
  latePoints: Type.Integer(),
  stored: OrNull(WindowFigures, 'Of all stored points; null without any'),
  expected: OrNull(WindowFigures, 'Of those that were in time, which the window should have'),
} as const;

const Differing = Type.Object({
  ...{ start: Time, metric: Type.String(), tags: Tags },
  end: OrNull(Time, 'Exclusive; null for points that are in no session'),
  ...Finding,
  lateCauses: Type.Object(
    { arrival: Type.Integer(), hold: Type.Integer() },
    {
      description:
        'Late points that came too late themselves, and those that a hold of the watermark let be late',
    },
  ),
  stream: OrNull(WindowFigures, 'As the stream has written it; null where it has not'),
});

const Windows = Type.Object({
  ...{ window: Type.String(), from: Time, to: Time },
  slots: Type.Integer({
    description: 'That were compared, of which the figures are; of others nothing is known',
  }),
  ...{ ...QualityFigures, delayMs: Delays },
  ...Page(Differing).properties,
});

const StoredPoint = Type.Object({
  ...{ time: Time, value: Type.Number(), tags: Tags, id: Type.String(), kind: Type.String() },
  late: OrNull(
    Type.Object({ cause: Type.String(), latenessMs: Type.Number(), watermark: Time }),
    'What late says of a point that missed this window',
  ),
});

const Records = Type.Object({
  ...{ window: Type.String(), start: Time, end: Time, metric: Type.String(), tags: Tags, comparedAt: Time },
  difference: OrNull(
    Type.Object(Finding),
    'Null where it is right; of very many that differ in a slot only some are known',
  ),
  stream: OrNull(
    Type.Object({ ...Values, watermark: Time, emittedAt: Time }),
    'As the stream has written it; null where it has not',
  ),
  ...Page(StoredPoint).properties,
});

/** From how whole windows are to the windows that are not, and from these to their points. */
export function qualityWindowRoutes({ database, limits, clock }: ApiServices): Routes {
  return (api) => {
    api.get(
      '/quality/windows',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'listDifferingWindows',
          summary: 'Windows that differ from their stored points, and why; newest first',
          tags: ['quality'],
          querystring: Type.Object(
            {
              ...{ ...TenantQuery.properties, window: Window },
              start: Type.Optional(
                TimeField('Of one slot, as quality names it, in place of a range', '2026-01-02T03:04:00Z'),
              ),
              cause: Type.Optional(Type.Enum(CAUSES)),
              metric: Type.Optional(Metric),
              ...{ ...RangeQuery, ...PageQuery },
            },
            { additionalProperties: false },
          ),
          response: { 200: Windows, ...PROBLEMS },
        },
      },
      async ({ query, asking, gone }) => {
        const { window, start, limit } = query;
        if (start !== undefined && (query.from !== undefined || query.to !== undefined))
          throw new TactusError('TACTUS_REQUEST_INVALID', 'start: is allowed without from and to only');
        const at = start === undefined ? null : timeOf('start', start, clock.now());
        const range =
          at === null
            ? rangeOf(query, clock.now(), { byDefaultMs: HOUR_MS, maxRangeMs: limits.maxRangeMs })
            : { start: at, end: Math.min(at + 1, MAX_DATE_MS) };
        const after = placeOf(query.cursor, ['number', 'string', 'string']) as
          | [number, string, string]
          | null;
        const { slots, tally, rows } = await database.read(
          asking.tenantId,
          'finding windows that differ',
          gone,
          async (reader) => ({
            ...(await findTally(reader, { window, ...range })),
            rows: await findDifferences(reader, { ...query, ...range, after, limit: limit + 1 }),
          }),
        );
        return {
          ...{ window, from: new Date(range.start).toISOString(), to: new Date(range.end).toISOString() },
          ...{ slots, ...figuresOf(tally) },
          delayMs: delaysOf(tally),
          ...pageOf(rows, limit, (row) => [row.start.getTime(), row.metric, row.key], differingItem),
        };
      },
    );
    api.get(
      '/quality/records',
      {
        config: { right: 'read', refusals: [404] },
        schema: {
          operationId: 'getWindowRecords',
          summary: 'A window of a slot that was compared, with its stored points and which of them were late',
          tags: ['quality'],
          querystring: Type.Object(
            {
              ...{ ...TenantQuery.properties, window: Window },
              start: TimeField('Of the window', '2026-01-02T03:04:10Z'),
              metric: Metric,
              tag: TagParameter('name=value: all the tags of the window', MAX_TAGS),
              ...PageQuery,
            },
            { additionalProperties: false },
          ),
          response: { 200: Records, ...PROBLEMS },
        },
      },
      async ({ query, asking, gone }) => {
        const { window, metric, limit } = query;
        const start = timeOf('start', query.start, clock.now());
        const key = { window, start, metric, tags: pairsOf('tag', query.tag ?? []) };
        const after = placeOf(query.cursor, ['number', 'string']) as [number, string] | null;
        const { compared, rows } = await database.read(
          asking.tenantId,
          'finding the points of a window',
          gone,
          async (reader) => {
            const one = found(await findWindow(reader, key), 'compared window', window);
            return { compared: one, rows: await findRecords(reader, key, one, { after, limit: limit + 1 }) };
          },
        );
        return {
          ...{ ...key, start: new Date(start).toISOString() },
          ...windowItem(compared),
          ...pageOf(rows, limit, (row) => [row.time.getTime(), row.id], recordItem),
        };
      },
    );
  };
}

function differingItem(row: ListedDifference): Static<typeof Differing> {
  const { start, end, metric, tags, arrival, hold, stream } = row;
  return {
    ...{ start: start.toISOString(), end: end?.toISOString() ?? null, metric, tags },
    ...{ ...findingItem(row), lateCauses: { arrival, hold }, stream },
  };
}

function findingItem({
  cause,
  detail,
  storedPoints,
  countedPoints,
  latePoints,
  stored,
  expected,
}: Difference): Pick<Difference, keyof typeof Finding> {
  return { cause, detail, storedPoints, countedPoints, latePoints, stored, expected };
}

function windowItem({ comparedAt, end, difference, stream }: ComparedWindow) {
  return {
    ...{ comparedAt: comparedAt.toISOString(), end: end.toISOString() },
    difference: difference === null ? null : findingItem(difference),
    stream: stream && {
      ...stream,
      ...{ watermark: stream.watermark.toISOString(), emittedAt: stream.emittedAt.toISOString() },
    },
  };
}

function recordItem({ time, value, tags, id, kind, lateCause, latenessMs, watermark }: WindowRecord) {
  const late =
    lateCause === null || latenessMs === null || watermark === null
      ? null
      : { cause: lateCause, latenessMs, watermark: watermark.toISOString() };
  return { ...{ time: time.toISOString(), value, tags, id, kind }, late };
}
