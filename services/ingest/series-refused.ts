import type { Rejection } from '../../shared/admission/policy.js';
import type { SeriesRefusal } from './live-series.js';
import type { Subject } from './subject.js';

/** Why a point of a new series is refused, in words. */
export function seriesRefused(
  { scope, limit, weight }: SeriesRefusal,
  { tenantId, name, tags }: Subject,
): Rejection {
  const who = scope === 'tenant' ? `tenant ${JSON.stringify(tenantId)}` : 'this worker';
  const key =
    scope === 'tenant'
      ? 'TACTUS_MAX_SERIES_PER_TENANT, or maxSeries or activeSeries of the tenant'
      : 'TACTUS_INGEST_MAX_SERIES';
  const json = JSON.stringify(tags);
  const shown = `${name} ${json.length > 256 ? `${json.slice(0, 256)}…` : json}`;
  const why =
    scope === 'tenant' && weight > 1
      ? `may have ${limit} series (${key}) and has no room for one that counts as ${weight} because of its length`
      : `has ${limit} series, the most allowed (${key})`;
  return { code: 'TACTUS_SERIES_LIMIT', message: `${who} ${why}; the new series is ${shown}` };
}
