import { call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Ago } from '../../parts/moment.js';
import { useMore } from '../../parts/more.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { Labels } from '../../parts/tag.js';
import { failed, said } from '../../parts/toasts.js';
import { who } from '../../parts/who.js';

const LIMIT = 100;

/** What is muted, by whom and until when. */
export function Mutes() {
  const mutes = useResource(
    (signal) => call('GET /anomalies/mutes', { query: { limit: LIMIT }, signal }),
    [tenant.value],
  );
  const more = useMore(
    mutes.data,
    (cursor) => call('GET /anomalies/mutes', { query: { limit: LIMIT, cursor } }),
    [mutes.loadedAt],
  );
  const end = async (id: string, metric: string) => {
    try {
      await call('DELETE /anomalies/mutes/{id}', { path: { id }, query: {} });
      said(`Anomalies of ${metric} are shown again.`);
    } catch (error) {
      failed('Not ended', error);
    }
    mutes.reload();
  };
  return (
    <Card title="Mutes">
      <Loaded
        of={mutes}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="Nothing is muted">
            <p>A story can be muted while what causes it is known.</p>
          </Empty>
        }
      >
        {() => (
          <>
            <Table
              name="Mutes"
              rows={more.items}
              keyOf={({ id }) => id}
              columns={[
                { name: 'Metric', cell: ({ metric }) => metric, by: ({ metric }) => metric },
                { name: 'Tags', cell: ({ tags }) => <Labels of={tags} /> },
                { name: 'Ends', cell: ({ endsAt }) => <Ago at={endsAt} />, by: ({ endsAt }) => endsAt },
                { name: 'By', cell: ({ by }) => who(by), by: ({ by }) => by },
                { name: 'Comment', cell: ({ comment }) => comment },
                {
                  name: 'Actions',
                  cell: ({ id, metric }) =>
                    may('operate') && (
                      <Button isSmall onClick={() => void end(id, metric)}>
                        End
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
