import { useEffect, useState } from 'preact/hooks';
import { link } from '../../address/address.js';
import { call } from '../../api/call.js';
import type { Metric } from '../../api/operations.js';
import { paged } from '../../api/paged.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { Ago } from '../../parts/moment.js';
import { Empty, Loaded, Partial } from '../../parts/states.js';
import { count } from '../../time/format.js';
import { now, rangeText } from '../../time/range.js';
import { foundMetrics, recentOf, searchOf, withRecent } from './found.js';
import { ofMetric } from './state.js';

const RECENT = 'tactus-recent-metrics';
const PAGE = 1_000;
const MOST_PAGES = 10;
const MOST_SHOWN = 200;
const EVERY_MS = 30_000;

interface Names {
  readonly metrics: readonly Metric[];
  readonly isWhole: boolean;
}

async function askNames(
  tag: readonly string[],
  { from, to }: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<Names> {
  const metrics: Metric[] = [];
  let isWhole = false;
  const pages = paged(
    (at) => call('GET /metrics', { query: { tag, from, to, limit: PAGE, ...at }, signal }),
    MOST_PAGES,
  );
  for await (const { items, nextCursor } of pages) {
    metrics.push(...items);
    isWhole = nextCursor === null;
  }
  return { metrics, isWhole };
}

/** Metrics of the range, found by what one types. */
export function Finder({ chosen }: { readonly chosen: string | null }) {
  const [text, setText] = useState('');
  const [recent, setRecent] = useState(() => recentOf(localStorage.getItem(RECENT)));
  const { from, to } = rangeText.value;
  const { words, tags } = searchOf(text);
  const names = useResource(
    (signal) => askNames(tags, { from, to }, signal),
    [tenant.value, from, to, tags.join(' ')],
    {
      ...{ keeps: true, everyMs: EVERY_MS },
    },
  );
  useEffect(() => {
    if (chosen === null) return;
    setRecent((before) => {
      const after = withRecent(before, chosen);
      localStorage.setItem(RECENT, JSON.stringify(after));
      return after;
    });
  }, [chosen]);
  return (
    <section class="finder card" aria-label="Metrics">
      <input
        class="input"
        type="search"
        aria-label="Find a metric"
        placeholder="Name, or tag=value"
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Loaded
        of={names}
        isEmpty={({ metrics }) => metrics.length === 0}
        empty={
          <Empty title="No metrics in this range">
            <p>Choose a longer range, or send a first point: the Overview says how.</p>
          </Empty>
        }
      >
        {({ metrics, isWhole }) => {
          const found = foundMetrics(metrics, words);
          const own = text === '' ? metrics.filter(({ metric }) => recent.includes(metric)) : [];
          return (
            <>
              {!isWhole && <Partial>The first {count(metrics.length)} metrics, by name.</Partial>}
              {own.length > 0 && metrics.length > own.length + 3 && (
                <Names title="Recent" metrics={own} chosen={chosen} />
              )}
              <Names
                title={text === '' ? 'All' : `${count(found.length)} found`}
                metrics={found.slice(0, MOST_SHOWN)}
                chosen={chosen}
              />
              {found.length > MOST_SHOWN && (
                <p class="card-note">and {count(found.length - MOST_SHOWN)} more: type more of the name.</p>
              )}
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function Names({
  title,
  metrics,
  chosen,
}: {
  readonly title: string;
  readonly metrics: readonly Metric[];
  readonly chosen: string | null;
}) {
  return (
    <div class="finder-part">
      <h2>{title}</h2>
      <ul>
        {metrics.map(({ metric, series, lastSeen }) => (
          <li key={metric}>
            <a href={addressOf(metric)} {...(metric === chosen && { 'aria-current': 'true' as const })}>
              <span class="finder-name">{metric}</span>
              <span class="finder-note">
                {count(series)} series <LastSeen at={lastSeen} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

const HOUR_MS = 3_600_000;

/** Of which only the hour is known: the present one is not worth a word. */
function LastSeen({ at }: { readonly at: string }) {
  const end = Date.parse(at) + HOUR_MS;
  return end > now.value ? null : (
    <>
      · <Ago at={end} />
    </>
  );
}

const addressOf = (metric: string): string => link('/explore', ofMetric(metric));
