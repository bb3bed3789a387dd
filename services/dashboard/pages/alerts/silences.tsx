import { useState } from 'preact/hooks';
import { go, link, query } from '../../address/address.js';
import { call } from '../../api/call.js';
import type { Silence } from '../../api/operations.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Confirm } from '../../parts/confirm.js';
import { Ago, Moment } from '../../parts/moment.js';
import { useMore } from '../../parts/more.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { Tag } from '../../parts/tag.js';
import { said } from '../../parts/toasts.js';
import { who } from '../../parts/who.js';
import { SilenceDialog } from './silence-dialog.js';

const LIMIT = 100;
const EVERY_MS = 15_000;

/** Silences that hide alerts now or will. @param opens whether the address asks for a new one */
export function Silences({ opens }: { readonly opens: boolean }) {
  const [ending, setEnding] = useState<Silence | null>(null);
  const [changed, setChanged] = useState<Silence | null>(null);
  const silences = useResource(
    (signal) => call('GET /silences', { query: { limit: LIMIT }, signal }),
    [tenant.value],
    { everyMs: EVERY_MS, keeps: true },
  );
  const more = useMore(
    silences.data,
    (cursor) => call('GET /silences', { query: { limit: LIMIT, cursor } }),
    [silences.loadedAt],
  );
  return (
    <Card
      title="Silences"
      actions={
        may('operate') && (
          <a class="button" href={link('/alerts/silences', { silence: 'new' })}>
            New silence
          </a>
        )
      }
    >
      <Loaded
        of={silences}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No silences">
            <p>A silence hides alerts while work goes on. Alerts go on, and notify nobody.</p>
          </Empty>
        }
      >
        {() => (
          <>
            <Table
              name="Silences"
              rows={more.items}
              keyOf={({ id }) => id}
              columns={[
                {
                  name: 'State',
                  cell: ({ active }) => (
                    <Tag tone={active ? 'accent' : 'plain'}>{active ? 'in force' : 'later'}</Tag>
                  ),
                },
                {
                  name: 'Hides',
                  cell: ({ matchers }) => <code>{matchers.join(', ')}</code>,
                },
                {
                  name: 'From',
                  cell: ({ startsAt }) => <Moment at={startsAt} />,
                  by: ({ startsAt }) => startsAt,
                },
                { name: 'Ends', cell: ({ endsAt }) => <Ago at={endsAt} />, by: ({ endsAt }) => endsAt },
                { name: 'By', cell: ({ by }) => who(by), by: ({ by }) => by },
                { name: 'Comment', cell: ({ comment }) => comment },
                {
                  name: 'Actions',
                  cell: (one) =>
                    may('operate') &&
                    one.tenantId !== null && (
                      <span class="bar">
                        <Button isSmall onClick={() => setChanged(one)}>
                          Change
                        </Button>
                        <Button isSmall onClick={() => setEnding(one)}>
                          End
                        </Button>
                      </span>
                    ),
                },
              ]}
            />
            {more.button}
          </>
        )}
      </Loaded>
      {opens && may('operate') && (
        <SilenceDialog
          matchers={query.peek().getAll('matcher')}
          labels={{}}
          onClose={() => go(link('/alerts/silences'), { replace: true })}
          onDone={silences.reload}
        />
      )}
      {changed !== null && (
        <SilenceDialog
          matchers={changed.matchers}
          labels={{}}
          changed={changed}
          onClose={() => setChanged(null)}
          onDone={silences.reload}
        />
      )}
      {ending !== null && (
        <Confirm
          title="End the silence"
          action="End it now"
          onClose={() => setEnding(null)}
          onConfirm={async () => {
            await call('DELETE /silences/{id}', { path: { id: ending.id }, query: {} });
            said('The silence has ended.');
            silences.reload();
          }}
        >
          <p>
            Alerts with <code>{ending.matchers.join(', ')}</code> notify again.
          </p>
        </Confirm>
      )}
    </Card>
  );
}
