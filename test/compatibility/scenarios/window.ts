import type { WindowAggregate } from '../../../schemas/types.js';
import { NO_COUNTERS } from '../../support/point.js';
import { START } from '../scenario.js';

/** The `n`th window of 10 s of a series. */
export function windowOf(n: number, mean: number, more: Partial<WindowAggregate> = {}): WindowAggregate {
  const start = START + n * 10_000;
  return {
    ...{ tenantId: 'acme', metric: 'cpu', tags: { zone: 'eu', host: 'a' }, window: '10s' },
    ...{ start, end: start + 10_000, count: 10, sum: mean * 10, min: mean, max: mean, mean, stddev: 0 },
    ...{ first: mean, last: mean, quantiles: null, watermark: start + 10_000, emittedAt: start + 10_000 },
    ...NO_COUNTERS,
    ...more,
  };
}
