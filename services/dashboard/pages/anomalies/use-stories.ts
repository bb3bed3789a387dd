import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import { subscribe } from '../../api/live.js';
import type { Anomaly } from '../../api/operations.js';
import { type Resource, useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { endsNow, isPaused, rangeText } from '../../time/range.js';
import { type Story, storiesOf } from './stories.js';

const EVERY_MS = 30_000;
const PAGE = 200;
/** Of anomalies in a range. */
export const MOST = 1_000;

export interface StoriesFound {
  readonly stories: readonly Story[];
  readonly isPartial: boolean;
}

export interface StoryFilter {
  readonly metric?: string;
  readonly severity?: 'info' | 'warning' | 'critical';
  readonly muted?: boolean;
}

/** Stories of the range that is shown. */
export function useStories(filter: StoryFilter): Resource<StoriesFound> {
  const { from, to } = rangeText.value;
  return useResource(
    async (signal) => {
      const anomalies: Anomaly[] = [];
      let cursor: string | null = null;
      do {
        const page: { readonly items: readonly Anomaly[]; readonly nextCursor: string | null } = await call(
          'GET /anomalies',
          { query: { ...filter, from, to, limit: PAGE, ...(cursor !== null && { cursor }) }, signal },
        );
        anomalies.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null && anomalies.length < MOST);
      return { stories: storiesOf(anomalies), isPartial: cursor !== null };
    },
    [tenant.value, from, to, filter.metric, filter.severity, filter.muted],
    { everyMs: endsNow.value && !isPaused.value ? EVERY_MS : null, keeps: true },
  );
}

/** How many anomalies have come since the list was read. @param readAt when, in ms since the epoch */
export function useArrivals(readAt: number | null): number {
  const [arrived, setArrived] = useState(0);
  useEffect(() => setArrived(0), [readAt]);
  useEffect(
    () => subscribe({ kinds: ['anomalies'] }, { anomaly: () => setArrived((count) => count + 1) }),
    [tenant.value],
  );
  return arrived;
}
