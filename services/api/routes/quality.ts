import { type Static, Type } from 'typebox';
import { delayQuantile } from '../../../shared/windows/delays.js';
import { accuracy, CAUSES, completeness, type Tally } from '../../../shared/windows/tally.js';
import type { Routes } from '../http/app.js';
import { PROBLEMS } from '../http/problem.js';
import { RangeQuery, rangeOf } from '../http/range.js';
import { findQuality, stepMsOf } from '../queries/quality.js';
import { TenantQuery, Time } from './requests.js';
import type { ApiServices } from './services.js';

const HOUR_MS = 3_600_000;

export const QualityFigures = {
  windows: Type.Integer({ description: 'That the stream has written' }),
  equal: Type.Integer({ description: 'Those whose figures equal the stored points, late ones left out' }),
  storedPoints: Type.Integer({ description: 'Once for each window that they belong to' }),
  countedPoints: Type.Integer(),
  latePoints: Type.Integer(),
  completeness: Type.Number({
    description: 'Share of stored points that are counted or reported as late; the target is 0.9995',
  }),
  accuracy: Type.Number({ description: 'Share of windows that are right; the target is 0.999' }),
  differing: Type.Record(Type.Enum(CAUSES), Type.Integer(), { description: 'Windows that differ, by cause' }),
} as const;

export const Delays = Type.Object(
  { p50: Type.Union([Type.Number(), Type.Null()]), p99: Type.Union([Type.Number(), Type.Null()]) },
  { description: 'From the watermark to the window; the target is 100 ms' },
);

const { differing: _, ...OfStep } = QualityFigures;

const Answer = Type.Object({
  from: Time,
  to: Time,
  stepMs: Type.Integer({ description: 'How long the steps are, of which there are some hundred' }),
  windows: Type.Array(
    Type.Object({
      window: Type.String({ description: 'Name of the definition' }),
      ...QualityFigures,
      delayMs: Delays,
      slots: Type.Array(
        Type.Object({
          start: Time,
          comparedAt: Time,
          ...QualityFigures,
        }),
        { description: 'That are not whole, newest first, at most 100' },
      ),
      steps: Type.Array(
        Type.Object({
          start: Time,
          slots: Type.Integer({ description: 'That were compared' }),
          ...{ ...OfStep, delayMs: Delays },
        }),
        { description: 'In order of time; of one that is not there nothing was compared yet' },
      ),
    }),
  ),
});

/** How complete, right and timely the windows of a tenant are. */
export function qualityRoutes({ database, limits, clock }: ApiServices): Routes {
  return (api) => {
    api.get(
      '/quality',
      {
        config: { right: 'read' },
        schema: {
          ...{
            operationId: 'getQuality',
            summary: 'Windows compared with the stored points',
            tags: ['quality'],
          },
          querystring: Type.Object(
            { ...TenantQuery.properties, ...RangeQuery },
            { additionalProperties: false },
          ),
          response: { 200: Answer, ...PROBLEMS },
        },
      },
      async ({ query, asking, gone }) => {
        const range = rangeOf(query, clock.now(), { byDefaultMs: HOUR_MS, maxRangeMs: limits.maxRangeMs });
        const found = await database.read(asking.tenantId, 'reading the quality of windows', gone, (reader) =>
          findQuality(reader, range),
        );
        return {
          from: new Date(range.start).toISOString(),
          to: new Date(range.end).toISOString(),
          stepMs: stepMsOf(range),
          windows: found.map(({ window, tally, slots, steps }) => ({
            window,
            ...figuresOf(tally),
            delayMs: delaysOf(tally),
            slots: slots.map((slot) => ({
              start: slot.start.toISOString(),
              comparedAt: slot.comparedAt.toISOString(),
              ...figuresOf(slot.tally),
            })),
            steps: steps.map((step) => {
              const { differing: __, ...figures } = figuresOf(step.tally);
              return {
                ...{ start: new Date(step.start).toISOString(), slots: step.slots },
                ...{ ...figures, delayMs: delaysOf(step.tally) },
              };
            }),
          })),
        };
      },
    );
  };
}

export function delaysOf({ delays }: Tally): Static<typeof Delays> {
  return { p50: delayQuantile(delays, 0.5), p99: delayQuantile(delays, 0.99) };
}

export function figuresOf(tally: Tally) {
  const { windows, equal, stored, counted, late, causes } = tally;
  return {
    ...{ windows, equal, storedPoints: stored, countedPoints: counted, latePoints: late },
    ...{ completeness: completeness(tally), accuracy: accuracy(tally), differing: causes },
  };
}
