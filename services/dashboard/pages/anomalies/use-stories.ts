import { useEffect, useState } from 'preact/hooks';
import { afterBurst } from '../../api/bursts.js';
import { call } from '../../api/call.js';
import type { Anomaly } from '../../api/operations.js';
import { paged } from '../../api/paged.js';
import { type Resource, useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import type { Severity } from '../../api/vocabulary.js';
import { spanQuery } from '../../time/moment.js';
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
  readonly severity?: Severity;
  readonly muted?: boolean;
}

/** At most {@link MOST}, the newest. */
async function askAnomalies(
  filter: StoryFilter,
  range: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<{ readonly anomalies: readonly Anomaly[]; readonly isPartial: boolean }> {
  const anomalies: Anomaly[] = [];
  const pages = paged((at) =>
    call('GET /anomalies', { query: { ...filter, ...range, limit: PAGE, ...at }, signal }),
  );
  for await (const { items, nextCursor } of pages) {
    anomalies.push(...items);
    if (anomalies.length >= MOST) return { anomalies, isPartial: nextCursor !== null };
  }
  return { anomalies, isPartial: false };
}

/** Stories of the range that is shown. */
export function useStories(filter: StoryFilter): Resource<StoriesFound> {
  const { from, to } = rangeText.value;
  const question = JSON.stringify([tenant.value, from, to, filter]);
  return useResource(
    async (signal) => {
      const { anomalies, isPartial } = await askAnomalies(filter, { from, to }, signal);
      return { question, stories: storiesOf(anomalies), isPartial };
    },
    [question],
    { everyMs: isMoving.value ? EVERY_MS : null, keeps: true },
  );
}

/** What moved with a story began about when it did; a story goes on for hours at most. */
const AROUND_MS = 3 * 3_600_000;

/** The story of an anomaly, of whatever time it is, and others of that time. */
export function useStoryOf(id: string): Resource<{ readonly story: Story; readonly all: readonly Story[] }> {
  return useResource(
    async (signal) => {
      const one = await call('GET /anomalies/{id}', { path: { id }, signal });
      const at = Date.parse(one.start);
      const { anomalies } = await askAnomalies(
        {},
        spanQuery({ start: at - AROUND_MS, end: at + AROUND_MS }),
        signal,
      );
      const isAmong = anomalies.some((other) => other.id === id);
      const all = storiesOf(isAmong ? anomalies : [...anomalies, one]);
      return { story: all.find((story) => story.anomalies.some((other) => other.id === id)) as Story, all };
    },
    [tenant.value, id],
    { everyMs: isMoving.value ? EVERY_MS : null },
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
