import type { Rejection } from '../../shared/admission/policy.js';
import type { SeriesRefusal } from './live-series.js';
import type { Subject } from './subject.js';

/** Why a point of a new series is refused, in words. */
export function seriesRefused(
  { scope, limit, weight }: SeriesRefusal,
  { tenantId, name, tags }: Subject,
): Rejection {
  const who = scope === 'process' ? 'this worker' : `tenant ${JSON.stringify(tenantId)}`;
  const json = JSON.stringify(tags);
  const shown = `${name} ${json.length > 256 ? `${json.slice(0, 256)}…` : json}`;
  return {
    code: 'TACTUS_SERIES_LIMIT',
    message: `${who} ${why(scope, limit, weight)}; the new series is ${shown}`,
  };
}

const OF_TENANT = 'TACTUS_MAX_SERIES_PER_TENANT, or maxSeries or activeSeries of the tenant';

function why(scope: SeriesRefusal['scope'], limit: number, weight: number): string {
  if (scope === 'process') return `has ${limit} series, the most allowed (TACTUS_INGEST_MAX_SERIES)`;
  if (scope === 'uncounted')
    return 'gets no new series while Redis does not count them (TACTUS_QUOTA_WITHOUT_REDIS)';
  return weight > 1
    ? `may have ${limit} series (${OF_TENANT}) and has no room for one that counts as ${weight} because of its length`
    : `has ${limit} series, the most allowed (${OF_TENANT})`;
}
