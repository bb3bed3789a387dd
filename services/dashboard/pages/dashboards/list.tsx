import { useState } from 'preact/hooks';
import { go, link, queryValue, setQuery } from '../../address/address.js';
import { call, callWithTag } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Button, IconButton } from '../../parts/button.js';
import { Confirm } from '../../parts/confirm.js';
import { Field } from '../../parts/field.js';
import { Ago } from '../../parts/moment.js';
import { Empty, Loaded } from '../../parts/states.js';
import { type Column, Table } from '../../parts/table.js';
import { Tag } from '../../parts/tag.js';
import { failed, said } from '../../parts/toasts.js';
import { ImportDialog } from './import-dialog.js';
import { NewDialog } from './new-dialog.js';
import { copyDashboard, listDashboards } from './store.js';

type Row = Awaited<ReturnType<typeof listDashboards>>[number];

const search = queryValue('q');
const addressOf = ({ id }: Row) => link(`/dashboards/${encodeURIComponent(id)}`);

/** All dashboards of the tenant, and those that are shipped. */
export function DashboardList() {
  const dashboards = useResource(listDashboards, [tenant.value], { keeps: true });
  const [open, setOpen] = useState<'new' | 'import' | null>(null);
  const [removing, setRemoving] = useState<Row | null>(null);
  const wanted = (search.value ?? '').toLowerCase();
  const isOffered = may('operate');

  const duplicate = async ({ id, title }: Row) => {
    try {
      const { spec } = await call('GET /dashboards/{id}', { path: { id }, query: {} });
      const made = await copyDashboard(title, spec);
      said(`Copied “${title}”.`, { text: 'Show', run: () => go(link(`/dashboards/${made}`)) });
      dashboards.reload();
    } catch (error) {
      failed('The copy was not made', error);
    }
  };
  const remove = async ({ id, title }: Row) => {
    const { etag } = await callWithTag('GET /dashboards/{id}', { path: { id }, query: {} });
    await call('DELETE /dashboards/{id}', { path: { id }, query: {}, ifMatch: etag ?? '' });
    said(`Removed “${title}”.`);
    dashboards.reload();
  };

  const columns: Column<Row>[] = [
    {
      name: 'Title',
      cell: (row) => (
        <>
          <a href={addressOf(row)}>{row.title}</a> {row.shipped && <Tag>shipped</Tag>}
        </>
      ),
      by: ({ title }) => title.toLowerCase(),
    },
    {
      name: 'Changed by',
      cell: ({ shipped, updatedBy }) => (shipped ? '–' : updatedBy),
      by: ({ updatedBy }) => updatedBy,
    },
    {
      name: 'Changed',
      cell: ({ shipped, updatedAt }) => (shipped ? '–' : <Ago at={updatedAt} />),
      by: ({ shipped, updatedAt }) => (shipped ? null : updatedAt),
    },
    ...(isOffered
      ? [
          {
            name: 'Actions',
            cell: (row: Row) => (
              <span class="bar tile-actions">
                <IconButton
                  isSmall
                  icon="copy"
                  label={`Duplicate ${row.title}`}
                  onClick={() => void duplicate(row)}
                />
                {!row.shipped && (
                  <IconButton
                    isSmall
                    icon="trash"
                    label={`Remove ${row.title}`}
                    onClick={() => setRemoving(row)}
                  />
                )}
              </span>
            ),
          },
        ]
      : []),
  ];
  return (
    <div class="stack">
      <div class="bar">
        <div class="board-search">
          <Field
            label="Find"
            type="search"
            value={search.value ?? ''}
            onInput={({ currentTarget }) =>
              setQuery({ q: (currentTarget as HTMLInputElement).value }, { replace: true })
            }
          />
        </div>
        <span class="grow" />
        {isOffered && (
          <>
            <Button icon="upload" onClick={() => setOpen('import')}>
              Import
            </Button>
            <Button kind="primary" icon="plus" onClick={() => setOpen('new')}>
              New dashboard
            </Button>
          </>
        )}
      </div>
      <Loaded
        of={dashboards}
        isEmpty={(rows) => rows.length === 0}
        empty={
          <Empty title="There are no dashboards yet">
            <p>{isOffered ? 'Make one, or import one from a file.' : 'An operator can make one.'}</p>
          </Empty>
        }
      >
        {(rows) => {
          const found = rows
            .filter(({ id, title }) => `${title} ${id}`.toLowerCase().includes(wanted))
            .sort((a, b) => a.title.localeCompare(b.title));
          return found.length === 0 ? (
            <Empty title="None has this in its title">
              <Button onClick={() => setQuery({ q: null })}>Show all {rows.length}</Button>
            </Empty>
          ) : (
            <section class="card" aria-label="Dashboards">
              <Table name="Dashboards" rows={found} columns={columns} keyOf={({ id }) => id} />
            </section>
          );
        }}
      </Loaded>
      {open === 'new' && <NewDialog onClose={() => setOpen(null)} />}
      {open === 'import' && <ImportDialog onClose={() => setOpen(null)} />}
      {removing !== null && (
        <Confirm
          title={`Remove “${removing.title}”?`}
          action="Remove"
          onConfirm={() => remove(removing)}
          onClose={() => setRemoving(null)}
        >
          <p>It is gone for everybody, and links to it no longer work. Export it first to keep a copy.</p>
        </Confirm>
      )}
    </div>
  );
}
