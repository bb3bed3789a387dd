import { useEffect, useState } from 'preact/hooks';
import { link } from '../../address/address.js';
import { call } from '../../api/call.js';
import { ApiProblem, saidOf } from '../../api/problem.js';
import { chartPoints } from '../../charts/series.js';
import { Button } from '../../parts/button.js';
import { Partial } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { figure } from '../../time/format.js';
import { type Span, spanQuery } from '../../time/moment.js';
import { anomaliesOf, tagsKey } from './assembled.js';
import { type Change, changesOf, periodBefore } from './explained.js';
import { ofMetric } from './state.js';

/** Each is a question to the API. */
const MOST_METRICS = 100;
const MOST_SHOWN = 20;
/** Of one metric: a hundred series that moved together are one thing to look at. */
const MOST_OF_ONE = 3;

interface Found extends Change {
  readonly metric: string;
}

interface Progress {
  readonly found: readonly Found[];
  readonly asked: number;
  readonly of: number | null;
  /** Metrics with too many series, or that could not be had. */
  readonly skipped: readonly string[];
  readonly isWhole: boolean;
}

const NOTHING: Progress = { found: [], asked: 0, of: null, skipped: [], isWhole: true };

/** Looks for what else changed in a window, in all metrics one after the other, so that nobody else waits for it. */
export function ExplainAll({ window }: { readonly window: Span }) {
  const [isOn, setOn] = useState(false);
  const [progress, setProgress] = useState(NOTHING);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    setProgress(NOTHING);
    setError(null);
    if (!isOn) return;
    const gone = new AbortController();
    lookThrough(window, gone.signal, setProgress).catch((failed) => {
      if (!gone.signal.aborted) setError(failed);
    });
    return () => gone.abort();
  }, [isOn, window.start, window.end]);
  if (!isOn) return <Button onClick={() => setOn(true)}>Look through all metrics</Button>;
  const { found, asked, of, skipped, isWhole } = progress;
  return (
    <div class="stack">
      <div class="bar" role="status">
        <span class="card-note">
          {of === null ? 'Finding metrics' : `${asked} of ${of} metrics looked at`}
        </span>
        {asked !== of && (
          <Button isSmall onClick={() => setOn(false)}>
            Stop
          </Button>
        )}
      </div>
      {error !== null && <Partial>{saidOf(error)}</Partial>}
      {!isWhole && <Partial>The first {MOST_METRICS} metrics, by name.</Partial>}
      {skipped.length > 0 && <Partial>Not looked at: {skipped.join(', ')}.</Partial>}
      {found.length > 0 && (
        <Table
          name="Series of all metrics that changed most"
          rows={found}
          keyOf={({ metric, name }) => `${metric} ${name}`}
          columns={[
            {
              name: 'Metric',
              cell: ({ metric }) => <a href={link('/explore', ofMetric(metric))}>{metric}</a>,
              by: ({ metric }) => metric,
            },
            { name: 'Series', cell: ({ name }) => name },
            { name: 'Before', isNumber: true, cell: ({ before }) => figure(before) },
            { name: 'Here', isNumber: true, cell: ({ within }) => figure(within) },
            {
              name: 'Change',
              isNumber: true,
              cell: ({ score }) => score.toFixed(2),
              by: ({ score }) => score,
            },
          ]}
        />
      )}
    </div>
  );
}

async function lookThrough(
  window: Span,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  const range = spanQuery({ start: periodBefore(window).start, end: window.end });
  const { items, nextCursor } = await call('GET /metrics', {
    query: { ...range, limit: MOST_METRICS },
    signal,
  });
  let progress: Progress = { ...NOTHING, of: items.length, isWhole: nextCursor === null };
  for (const { metric } of items) {
    onProgress(progress);
    try {
      const answer = await call('GET /metrics/query', { query: { ...range, metric }, signal });
      const series = answer.series.map(({ tags, points }) => ({
        ...{ name: tagsKey(tags), tags, points: chartPoints(points) },
      }));
      const changes = changesOf(series, window, anomaliesOf(answer.anomalies)).slice(0, MOST_OF_ONE);
      const found = [...progress.found, ...changes.map((one) => ({ ...one, metric }))];
      progress = { ...progress, found: found.sort((a, b) => b.score - a.score).slice(0, MOST_SHOWN) };
    } catch (error) {
      // One metric that has too many series is no reason to leave the others.
      if (!(error instanceof ApiProblem)) throw error;
      progress = { ...progress, skipped: [...progress.skipped, metric] };
    }
    progress = { ...progress, asked: progress.asked + 1 };
  }
  onProgress(progress);
}
