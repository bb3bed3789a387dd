import { link } from '../../address/address.js';
import { call } from '../../api/call.js';
import type { AnomalySensitivity } from '../../api/operations.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Ago } from '../../parts/moment.js';
import { useMore } from '../../parts/more.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { failed, said } from '../../parts/toasts.js';
import { who } from '../../parts/who.js';
import { sensitivityText } from '../explore/sensitivity.js';

const LIMIT = 100;

/** How readily anomalies of metrics are reported, where somebody has set it. */
export function Sensitivities() {
  const all = useResource(
    (signal) => call('GET /anomalies/sensitivities', { query: { limit: LIMIT }, signal }),
    [tenant.value],
  );
  const more = useMore(
    all.data,
    (cursor) => call('GET /anomalies/sensitivities', { query: { limit: LIMIT, cursor } }),
    [all.loadedAt],
  );
  const reset = async ({ id, etag, metric }: AnomalySensitivity) => {
    try {
      await call('DELETE /anomalies/sensitivities/{id}', { path: { id }, query: {}, ifMatch: etag });
      said(`Nothing is set for ${metric} any more.`);
    } catch (error) {
      failed('Not reset', error);
    }
    all.reload();
  };
  return (
    <Card title="Sensitivities">
      <Loaded
        of={all}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="Anomalies of all metrics are reported as configured">
            <p>A story has a slider by which more or fewer of them are reported.</p>
          </Empty>
        }
      >
        {() => (
          <>
            <p class="card-note">Of those that fit a metric, the first in this order holds.</p>
            <Table
              name="Sensitivities"
              rows={more.items}
              keyOf={({ id }) => id}
              columns={[
                {
                  name: 'Metric',
                  cell: ({ metric }) =>
                    /[*?]/.test(metric) ? metric : <a href={link('/explore', { metric })}>{metric}</a>,
                },
                { name: 'Sensitivity', cell: ({ sensitivity }) => sensitivityText(sensitivity) },
                {
                  name: 'Set',
                  cell: ({ updatedAt }) => <Ago at={updatedAt} />,
                  by: ({ updatedAt }) => updatedAt,
                },
                { name: 'By', cell: ({ by }) => who(by), by: ({ by }) => by },
                { name: 'Comment', cell: ({ comment }) => comment },
                {
                  name: 'Actions',
                  cell: (one) =>
                    may('operate') && (
                      <Button isSmall onClick={() => void reset(one)}>
                        Reset
                      </Button>
                    ),
                },
              ]}
            />
            {more.button}
          </>
        )}
      </Loaded>
    </Card>
  );
}
