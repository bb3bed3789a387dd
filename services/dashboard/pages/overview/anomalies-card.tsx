import { link } from '../../address/address.js';
import { call } from '../../api/call.js';
import type { Anomaly } from '../../api/operations.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { tagTexts } from '../../api/tags.js';
import { chartPoints } from '../../charts/series.js';
import { Sparkline } from '../../charts/sparkline.js';
import { Card } from '../../parts/card.js';
import { Ago } from '../../parts/moment.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Severity } from '../../parts/tag.js';
import { figure } from '../../time/format.js';
import { isPaused } from '../../time/range.js';
import { beyond, regardlessOf } from '../anomalies/stories.js';
import { storiesOf } from './stories.js';

const EVERY_MS = 15_000;
const LIMIT = 100;
const SHOWN = 4;
/** Around an anomaly. */
const BEFORE_MS = 20 * 60_000;
const AFTER_MS = 5 * 60_000;

/** Of the last hour, the newest of each series. */
export function AnomaliesCard() {
  const anomalies = useResource(
    (signal) => call('GET /anomalies', { query: { from: 'now-1h', muted: false, limit: LIMIT }, signal }),
    [tenant.value],
    { everyMs: isPaused.value ? null : EVERY_MS },
  );
  return (
    <Card
      title="Anomalies"
      note="of the last hour"
      actions={<a href={link('/anomalies', { from: 'now-1h', to: 'now' })}>All</a>}
    >
      <Loaded
        of={anomalies}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title="Nothing unusual in the last hour" />}
      >
        {({ items, nextCursor }) => {
          const stories = storiesOf(items);
          return (
            <div class="stack">
              <ul class="overview-list">
                {stories.slice(0, SHOWN).map(({ newest, many }) => (
                  <li key={newest.id}>
                    <Story of={newest} {...{ many }} />
                  </li>
                ))}
              </ul>
              {stories.length > SHOWN && (
                <p class="card-note">
                  and {stories.length - SHOWN}
                  {nextCursor !== null && ' or more'} other series
                </p>
              )}
            </div>
          );
        }}
      </Loaded>
    </Card>
  );
}

function Story({ of, many }: { readonly of: Anomaly; readonly many: number }) {
  const { id, metric, tags, start, end, severity, value, expected } = of;
  const from = Date.parse(start) - BEFORE_MS;
  const course = useResource(
    (signal) =>
      call('GET /metrics/query', {
        query: {
          ...{ metric, tag: tagTexts(tags), exact: true },
          ...{ from: `${from}`, to: `${Date.parse(end) + AFTER_MS}` },
        },
        signal,
      }),
    [tenant.value, id],
  );
  const [series] = course.data?.series ?? [];
  return (
    <a class="overview-row overview-story" href={link(`/anomalies/${encodeURIComponent(id)}`)}>
      <span class="bar">
        <Severity of={severity} />
        <strong class="overview-name">{metric}</strong>
      </span>
      <span class="overview-spark">
        {series !== undefined && (
          <Sparkline name={`${metric} around the anomaly`} points={chartPoints(series.points)} />
        )}
      </span>
      <span class="card-note overview-text">
        {regardlessOf(of) === null ? `${figure(value)} instead of ${figure(expected)}` : beyond(of)} ·{' '}
        <Ago at={start} />
        {many > 1 && ` · ${many} times`}
        {Object.keys(tags).length > 0 && ` · ${tagTexts(tags).join(' ')}`}
      </span>
    </a>
  );
}
