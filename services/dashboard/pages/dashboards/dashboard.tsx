import { useEffect, useRef, useState } from 'preact/hooks';
import { go, link, queryValue, setQuery } from '../../address/address.js';
import { callWithTag } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Button, IconButton } from '../../parts/button.js';
import { Ago } from '../../parts/moment.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Tag } from '../../parts/tag.js';
import { failed } from '../../parts/toasts.js';
import { EditDashboard } from './edit-dashboard.js';
import { beginEditing, editingOf, isChanged, type Stored } from './editing.js';
import { ExportButton } from './export-button.js';
import { boardOf } from './model/board.js';
import { exploreAddress } from './model/explore-address.js';
import { ShareDialog } from './share-dialog.js';
import { copyDashboard } from './store.js';
import { TileView } from './tile.js';
import { ViewGrid } from './view-grid.js';

const EVERY_MS = 60_000;
const isEditing = queryValue('edit');

/** One dashboard: to look at, or to edit. */
export function DashboardPage({ id }: { readonly id: string }) {
  const stored = useResource(
    (signal) => callWithTag('GET /dashboards/{id}', { path: { id }, query: {}, signal }),
    [id, tenant.value],
    { everyMs: EVERY_MS },
  );
  const editing = editingOf(tenant.value, id);
  const wantsEdit = isEditing.value === 'on' && may('operate');
  useEffect(() => {
    // It begins with what is there when it is wanted; what comes later is found when it is saved.
    if (wantsEdit && editing === null && stored.data !== null && !isShipped(stored.data))
      beginEditing(tenant.peek(), stored.data);
  }, [wantsEdit, editing, stored.data]);

  if (wantsEdit && editing !== null)
    return <EditDashboard editing={editing} onSaved={stored.reload} onEnd={() => setQuery({ edit: null })} />;
  return (
    <Loaded of={stored}>
      {(data) => <View stored={data} hasUnsaved={editing !== null && isChanged(editing)} />}
    </Loaded>
  );
}

function isShipped({ answer }: Stored): boolean {
  return answer.shipped === true;
}

function View({ stored, hasUnsaved }: { readonly stored: Stored; readonly hasUnsaved: boolean }) {
  const { id, title, spec, updatedBy, updatedAt } = stored.answer;
  const screen = useRef<HTMLDivElement>(null);
  const [isSharing, setSharing] = useState(false);
  const { tiles } = boardOf(title, spec);
  const duplicate = async () => {
    try {
      const made = await copyDashboard(title, spec);
      go(link(`/dashboards/${made}`, { edit: 'on' }));
    } catch (error) {
      failed('The copy was not made', error);
    }
  };
  return (
    <div class="stack">
      <div class="bar">
        <a href={link('/dashboards')}>Dashboards</a>
        <span aria-hidden="true">/</span>
        <h2 class="board-title">{title}</h2>
        {isShipped(stored) ? (
          <Tag>shipped</Tag>
        ) : (
          <span class="card-note">
            changed by {updatedBy} <Ago at={updatedAt} />
          </span>
        )}
        <span class="grow" />
        {may('operate') && !isShipped(stored) && (
          <Button icon="edit" onClick={() => setQuery({ edit: 'on' })}>
            {hasUnsaved ? 'Go on editing' : 'Edit'}
          </Button>
        )}
        {may('operate') && (
          <Button icon="copy" onClick={() => void duplicate()}>
            {isShipped(stored) ? 'Duplicate to edit' : 'Duplicate'}
          </Button>
        )}
        {may('operate') && !isShipped(stored) && (
          <Button icon="share" onClick={() => setSharing(true)}>
            Share
          </Button>
        )}
        <ExportButton file={{ title, spec }} />
        {document.fullscreenEnabled && (
          <IconButton
            icon="screen"
            label="Show on the whole screen"
            onClick={() => void screen.current?.requestFullscreen()}
          />
        )}
      </div>
      {hasUnsaved && (
        <p class="note is-warn" role="status">
          You have changes here that are not saved. They stay in this tab.
        </p>
      )}
      <div ref={screen} class="screen">
        <h2 class="only-screen">{title}</h2>
        {tiles.length === 0 ? (
          <Empty title="There is nothing on it yet">
            <p>{may('operate') ? 'Press Edit, then Add.' : 'An operator can add widgets.'}</p>
          </Empty>
        ) : (
          <ViewGrid tiles={tiles}>
            {(tile) => {
              const address = tile.kind === 'unreadable' ? null : exploreAddress(tile);
              return (
                <TileView
                  tile={tile}
                  actions={
                    address !== null && (
                      <a
                        class="button is-quiet is-small"
                        href={link('/explore', address)}
                        aria-label={`Explore ${tile.title}`}
                      >
                        Explore
                      </a>
                    )
                  }
                />
              );
            }}
          </ViewGrid>
        )}
      </div>
      {isSharing && <ShareDialog id={id} onClose={() => setSharing(false)} />}
    </div>
  );
}
