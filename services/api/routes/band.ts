import { type Static, Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import { Turns } from '../http/turns.js';
import { bandOf, bandStepMs, findBandWindows, MAX_BAND_SERIES } from '../queries/series/band.js';
import type { Plan } from '../queries/series/plan.js';
import { Tags } from './anomalies.js';
import type { ApiServices } from './services.js';

/** Computed at once, in one process. */
const MAX_BANDS = 2;

export const BandField = Type.Object(
  {
    resolutionMs: Type.Integer({ description: 'That of the answer, and ten seconds at least' }),
    sensitivity: Type.Number({
      description: 'Of the metric, from 0 to 1: what is set for it, or what was asked for; 0.5 as configured',
    }),
    detectorSensitivity: Type.Number({
      description:
        'That the series are scored with, from 0.2 to 5, with what is configured and set for the tenant',
    }),
    series: Type.Array(
      Type.Object({
        tags: Tags,
        steps: Type.Array(
          Type.Object({
            time: Type.Integer({ description: 'Its begin in ms since the epoch' }),
            ...{ expected: Type.Number(), lower: Type.Number(), upper: Type.Number() },
          }),
          { description: 'Those that have windows' },
        ),
        windows: Type.Integer({
          description: 'In the range, of ten seconds, without the first ones of a series',
        }),
        outside: Type.Integer({ description: 'Windows with a mean outside the band' }),
        anomalies: Type.Integer({ description: 'Windows that are reported at this sensitivity' }),
      }),
    ),
  },
  { title: 'ExpectedBand', description: 'What was expected, and between what nearly all values lie' },
);

export const BandParameter = Type.Boolean({
  default: false,
  description: `With what was expected, as the anomaly worker computes it for the mean of each window of ten seconds. It is learnt from two days
before the range, for at most ${MAX_BAND_SERIES} series`,
});

export const BandSensitivity = Type.Optional(
  Type.Number({
    ...{ minimum: 0, maximum: 1 },
    description:
      'With a band: as if this were set for the metric (see anomalies/sensitivities), to see what it would change',
  }),
);

export interface BandQuery {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly exact: boolean;
  readonly aggregation: string;
  readonly plan: Plan;
  /** In place of what is set for the metric. */
  readonly sensitivity?: number | undefined;
}

/** What computes bands, few at a time and one of each tenant. */
export function bands({ database, limits, acting }: Pick<ApiServices, 'database' | 'limits' | 'acting'>) {
  const turns = new Turns({
    ...{
      what: 'computing what was expected',
      most: MAX_BANDS,
      mostOfTenant: 1,
      waitMs: limits.queryTimeoutMs,
    },
  });
  return async (query: BandQuery, tenantId: string, gone: AbortSignal): Promise<Static<typeof BandField>> => {
    if (query.aggregation !== 'avg')
      throw new TactusError(
        'TACTUS_REQUEST_INVALID',
        `band: is of means, for the aggregation avg: value was ${query.aggregation}`,
      );
    const { ofMetric, ofDetector } = acting.sensitivity.of(tenantId, query.metric, query.sensitivity);
    return await turns.take(tenantId, gone, async () => {
      const found = await database.read(tenantId, 'reading windows', gone, (reader) =>
        findBandWindows(reader, query),
      );
      const series: Static<typeof BandField>['series'] = [];
      for (const one of found) {
        const { steps, ...counts } = await bandOf(one, query.plan, ofDetector, gone);
        series.push({ tags: one.tags, steps: [...steps], ...counts });
      }
      return {
        ...{ resolutionMs: bandStepMs(query.plan), series },
        ...{ sensitivity: ofMetric, detectorSensitivity: ofDetector },
      };
    });
  };
}
