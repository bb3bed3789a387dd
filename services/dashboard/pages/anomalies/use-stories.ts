import { useEffect, useState } from 'preact/hooks';
import { afterBurst } from '../../api/bursts.js';
import { call } from '../../api/call.js';
import type { Anomaly } from '../../api/operations.js';
import { type Resource, useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { isMoving, rangeText } from '../../time/range.js';
import { type Held, held, type Story, storiesOf } from './stories.js';

const EVERY_MS = 30_000;
const SETTLED_MS = 3_000;
const PAGE = 200;
/** Of anomalies in a range. */
export const MOST = 1_000;

export interface StoriesFound {
  /** Of which tenant, range and filter they are. */
  readonly question: string;
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
  const question = JSON.stringify([tenant.value, from, to, filter]);
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
      return { question, stories: storiesOf(anomalies), isPartial: cursor !== null };
    },
    [question],
    { everyMs: isMoving.value ? EVERY_MS : null, keeps: true },
  );
}

/** {@link useStories} for a list that somebody reads: what comes waits until it is asked for. */
export function useHeldStories(filter: StoryFilter): {
  readonly found: Resource<StoriesFound>;
  readonly held: Held;
  readonly showAll: () => void;
} {
  const found = useStories(filter);
  const { data, reload } = found;
  const [accepted, setAccepted] = useState<StoriesFound | null>(null);
  const isSame = accepted !== null && accepted.stories.length > 0 && accepted.question === data?.question;
  useEffect(() => {
    if (!isSame) setAccepted(data);
  }, [isSame, data]);

  const moves = isMoving.value;
  useEffect(
    () => (moves ? afterBurst('anomalies', reload, SETTLED_MS) : undefined),
    [tenant.value, moves, reload],
  );
  return {
    found,
    held: held(isSame ? accepted.stories : (data?.stories ?? []), data?.stories ?? []),
    showAll: () => setAccepted(data),
  };
}
