import { link } from '../../address/address.js';
import { call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { chartPoints } from '../../charts/series.js';
import { Card } from '../../parts/card.js';
import { Loaded } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { Labels } from '../../parts/tag.js';
import { figure } from '../../time/format.js';
import { changesOf, periodBefore } from '../explore/explained.js';
import { type Story, seriesOf } from './stories.js';

/** A window alone is too little to compare with what was before it. */
const LEAST_MS = 60_000;
/** From three deviations on. */
const LEAST_SCORE = 0.5;
const SHOWN = 10;

/** Other series of the metric of a story that changed while it lasted, whether or not that was unusual: is it one host, or all? */
export function OtherSeries({ story }: { readonly story: Story }) {
  const { metric, start } = story;
  const window = { start, end: Math.max(story.end, start + LEAST_MS) };
  const changed = useResource(
    async (signal) => {
      const range = { from: String(periodBefore(window).start), to: String(window.end) };
      const { series } = await call('GET /metrics/query', { query: { ...range, metric }, signal });
      const others = series.filter(({ tags }) => seriesOf({ metric, tags }) !== seriesOf(story));
      const named = new Map(others.map((one) => [seriesOf({ metric, tags: one.tags }), one]));
      const changes = changesOf(
        [...named].map(([name, { points }]) => ({ name, points: chartPoints(points) })),
        window,
      );
      return {
        others: named.size,
        changes: changes
          .filter(({ score }) => score >= LEAST_SCORE)
          .map((one) => ({ ...one, tags: named.get(one.name)?.tags ?? {} })),
      };
    },
    [tenant.value, seriesOf(story), window.start, window.end],
  );
  return (
    <Card
      title="Other series of the metric"
      actions={
        <a class="button" href={link('/explore', { metric, explain: `${window.start}-${window.end}` })}>
          What else changed
        </a>
      }
    >
      <Loaded
        of={changed}
        isEmpty={({ changes }) => changes.length === 0}
        empty={<p class="card-note">No other series of {metric} changed at that time.</p>}
      >
        {({ changes, others }) => (
          <>
            <Table
              name="Other series of the metric"
              rows={changes.slice(0, SHOWN)}
              keyOf={({ name }) => name}
              columns={[
                { name: 'Series', cell: ({ tags }) => <Labels of={tags} /> },
                { name: 'Before', isNumber: true, cell: ({ before }) => figure(before) },
                { name: 'Meanwhile', isNumber: true, cell: ({ within }) => figure(within) },
                {
                  name: 'Change',
                  isNumber: true,
                  cell: ({ score }) => score.toFixed(2),
                  by: ({ score }) => score,
                },
              ]}
            />
            <p class="card-note">
              {changes.length} of {others} others changed
              {changes.length > SHOWN && `; the ${SHOWN} that changed most`}.
            </p>
          </>
        )}
      </Loaded>
    </Card>
  );
}
