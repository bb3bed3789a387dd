import { useEffect, useState } from 'preact/hooks';
import { callWithTag } from '../../api/call.js';
import { ApiProblem } from '../../api/problem.js';
import { tenant } from '../../api/session.js';
import { Button, IconButton } from '../../parts/button.js';
import { Confirm } from '../../parts/confirm.js';
import { Field } from '../../parts/field.js';
import { Icon } from '../../parts/icon.js';
import { Menu, MenuItem } from '../../parts/menu.js';
import { Empty } from '../../parts/states.js';
import { failed, said } from '../../parts/toasts.js';
import { Conflict } from './conflict.js';
import { EditTiles } from './edit-tiles.js';
import {
  beginEditing,
  change,
  type Editing,
  endEditing,
  isChanged,
  redo,
  type Stored,
  undo,
} from './editing.js';
import { Editor } from './editor.js';
import { specOf, type Tile } from './model/board.js';
import type { Component, Kind, Place } from './model/component.js';
import { added, arranged, duplicated, hasRoom, moved, removed, replaced } from './model/edits.js';
import { KIND_NAMES } from './model/form.js';
import { followUndo } from './undo-keys.js';

interface EditDashboardProps {
  readonly editing: Editing;
  readonly onSaved: () => void;
  readonly onEnd: () => void;
}

/** What is edited of a component: one that is there, or a new one. */
interface Open {
  readonly component: Component;
  readonly isNew: boolean;
}

const BEGIN: Readonly<Record<Kind, object>> = {
  ...{ chart: { metric: '' }, kpi: { metric: '' }, heatmap: { metric: '' } },
  table: { metric: '', by: [] },
  ...{ alerts: { state: 'firing' }, text: { text: '' } },
};

/** A dashboard that is edited: nothing is stored before it is saved. */
export function EditDashboard({ editing, onSaved, onEnd }: EditDashboardProps) {
  const { stored, history } = editing;
  const board = history.present;
  const { id } = stored.answer;
  const tenantId = tenant.value;
  const [open, setOpen] = useState<Open | null>(null);
  const [theirs, setTheirs] = useState<Stored | null>(null);
  const [isLeaving, setLeaving] = useState(false);
  const [isBusy, setBusy] = useState(false);
  useEffect(
    () => followUndo({ undo: () => undo(tenantId, id), redo: () => redo(tenantId, id) }),
    [tenantId, id],
  );

  const put = async (ifMatch: string) => {
    await callWithTag('PUT /dashboards/{id}', {
      ...{ path: { id }, query: {}, ifMatch },
      body: { title: board.title.trim(), spec: specOf(board) },
    });
    endEditing(tenantId, id);
    said('Saved.');
    onSaved();
    onEnd();
  };
  const save = async () => {
    setBusy(true);
    try {
      await put(stored.etag ?? '');
    } catch (error) {
      if (error instanceof ApiProblem && error.isConflict)
        await callWithTag('GET /dashboards/{id}', { path: { id }, query: {} }).then(setTheirs, (other) =>
          failed('Not saved', other),
        );
      else failed('Not saved', error);
    } finally {
      setBusy(false);
    }
  };
  const leave = () => {
    endEditing(tenantId, id);
    onEnd();
  };
  const add = (kind: Kind) => {
    const tile = added(board, { kind, title: '', ...BEGIN[kind] }).tiles.at(-1);
    setOpen({ component: tile as Component, isNew: true });
  };
  const done = (component: Component) => {
    change(tenantId, id, (before) =>
      replaced(open?.isNew ? { ...before, tiles: [...before.tiles, component] } : before, component),
    );
    setOpen(null);
  };

  return (
    <div class="stack">
      <div class="bar edit-bar">
        <div class="grow">
          <Field
            label="Title of the dashboard"
            value={board.title}
            maxLength={200}
            required
            error={board.title.trim() === '' ? 'It needs a title' : null}
            onChange={({ currentTarget }) => {
              const title = (currentTarget as HTMLInputElement).value;
              change(tenantId, id, (before) => ({ ...before, title }));
            }}
          />
        </div>
        {hasRoom(board) && (
          <Menu
            label="Add a widget"
            button={
              <>
                <Icon name="plus" />
                <span aria-hidden="true">Add</span>
              </>
            }
          >
            {(close) =>
              (Object.keys(KIND_NAMES) as Kind[]).map((kind) => (
                <MenuItem
                  key={kind}
                  onClick={() => {
                    close();
                    add(kind);
                  }}
                >
                  {KIND_NAMES[kind]}
                </MenuItem>
              ))
            }
          </Menu>
        )}
        <IconButton
          icon="undo"
          label="Undo (Ctrl Z)"
          disabled={history.past.length === 0}
          onClick={() => undo(tenantId, id)}
        />
        <IconButton
          icon="redo"
          label="Redo (Ctrl Y)"
          disabled={history.future.length === 0}
          onClick={() => redo(tenantId, id)}
        />
        <Button onClick={() => (isChanged(editing) ? setLeaving(true) : leave())}>Stop editing</Button>
        <Button
          kind="primary"
          icon="check"
          disabled={isBusy || !isChanged(editing) || board.title.trim() === ''}
          onClick={() => void save()}
        >
          Save
        </Button>
      </div>
      {board.tiles.length === 0 ? (
        <Empty title="There is nothing on it yet">
          <p>Press Add and choose what it shows first.</p>
        </Empty>
      ) : (
        <EditTiles
          tiles={board.tiles}
          onPlaces={(places: ReadonlyMap<string, Place>) =>
            change(tenantId, id, (before) => arranged(before, places))
          }
          onMove={(tile: Tile, place: Place) =>
            change(tenantId, id, (before) => moved(before, tile.id, place))
          }
          onEdit={(component) => setOpen({ component, isNew: false })}
          onDuplicate={(tile) => change(tenantId, id, (before) => duplicated(before, tile.id))}
          onRemove={(tile) => {
            change(tenantId, id, (before) => removed(before, tile.id));
            said('Removed.', () => undo(tenantId, id));
          }}
        />
      )}
      {open !== null && (
        <Editor
          component={open.component}
          action={open.isNew ? 'Add' : 'Change'}
          onDone={done}
          onClose={() => setOpen(null)}
        />
      )}
      {theirs !== null && (
        <Conflict
          editing={editing}
          theirs={theirs}
          onMine={() => put(theirs.etag ?? '')}
          onTheirs={() => {
            beginEditing(tenantId, theirs);
            setTheirs(null);
            onSaved();
          }}
          onClose={() => setTheirs(null)}
        />
      )}
      {isLeaving && (
        <Confirm
          title="Drop what is not saved?"
          action="Drop my changes"
          onConfirm={async () => leave()}
          onClose={() => setLeaving(false)}
        >
          <p>Your changes of “{board.title}” are not saved.</p>
        </Confirm>
      )}
    </div>
  );
}
