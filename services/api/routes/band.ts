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

export interface BandQuery {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly exact: boolean;
  readonly aggregation: string;
  readonly plan: Plan;
}

/** What computes bands, few at a time and one of each tenant. */
export function bands({ database, limits }: Pick<ApiServices, 'database' | 'limits'>) {
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
    return await turns.take(tenantId, gone, async () => {
      const found = await database.read(tenantId, 'reading windows', gone, (reader) =>
        findBandWindows(reader, query),
      );
      const series: Static<typeof BandField>['series'] = [];
      for (const one of found) series.push({ tags: one.tags, steps: await bandOf(one, query.plan, gone) });
      return { resolutionMs: bandStepMs(query.plan), series };
    });
  };
}
