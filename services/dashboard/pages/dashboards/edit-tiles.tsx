import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { IconButton } from '../../parts/button.js';
import { Failure, Skeleton } from '../../parts/states.js';
import { useMedia } from '../../parts/use-media.js';
import type EditGrid from './edit-grid.js';
import type { Tile } from './model/board.js';
import type { Component, Place } from './model/component.js';
import { nameOf } from './model/edits.js';
import { byKey } from './model/layout.js';
import { TileView } from './tile.js';
import { ViewGrid } from './view-grid.js';

interface EditTilesProps {
  readonly tiles: readonly Tile[];
  readonly onPlaces: (places: ReadonlyMap<string, Place>) => void;
  readonly onMove: (tile: Tile, place: Place) => void;
  readonly onEdit: (component: Component) => void;
  readonly onDuplicate: (tile: Tile) => void;
  readonly onRemove: (tile: Tile) => void;
}

/** There the grid has one column, and places are given by fields and keys. */
const NARROW = window.matchMedia('(max-width: 60rem)');

/** Tiles that are dragged, or moved by keys. */
export function EditTiles(props: EditTilesProps) {
  const { tiles, onPlaces } = props;
  const isNarrow = useMedia(NARROW);
  const [moving, setMoving] = useState<string | null>(null);
  const inEdit = (tile: Tile) => (
    <TileView
      tile={tile}
      actions={<Actions {...props} tile={tile} isMoving={moving === tile.id} setMoving={setMoving} />}
    />
  );
  const moved = tiles.find(({ id }) => id === moving);
  return (
    <>
      <p class="visually-hidden" role="status">
        {moved !== undefined &&
          `${nameOf(moved)}: column ${moved.x + 1}, row ${moved.y + 1}, ${moved.w} wide, ${moved.h} high`}
      </p>
      {isNarrow ? (
        <ViewGrid tiles={tiles}>{inEdit}</ViewGrid>
      ) : (
        <LoadedGrid tiles={tiles} onPlaces={onPlaces}>
          {inEdit}
        </LoadedGrid>
      )}
    </>
  );
}

type GridProps = Parameters<typeof EditGrid>[0];

/** The code that drags comes when something is edited. */
function LoadedGrid(props: GridProps) {
  const [Grid, setGrid] = useState<ComponentType<GridProps> | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = () => {
    setError(null);
    import('./edit-grid.js').then(({ default: loaded }) => setGrid(() => loaded), setError);
  };
  useEffect(load, []);
  if (error !== null) return <Failure error={error} onRetry={load} />;
  return Grid === null ? <Skeleton lines={3} height="8rem" /> : <Grid {...props} />;
}

interface ActionsProps extends EditTilesProps {
  readonly tile: Tile;
  readonly isMoving: boolean;
  readonly setMoving: (id: string | null) => void;
}

function Actions({ tile, isMoving, setMoving, onMove, onEdit, onDuplicate, onRemove }: ActionsProps) {
  const name = nameOf(tile);
  const move = (event: KeyboardEvent) => {
    if (!isMoving) return;
    const place = byKey(event.key, event.shiftKey, tile);
    if (place !== null) {
      event.preventDefault();
      onMove(tile, place);
    } else if (event.key === 'Escape') setMoving(null);
  };
  return (
    <span class="bar tile-actions">
      {isMoving && (
        <span class="card-note">
          <kbd>←↑↓→</kbd> moves, <kbd>Shift</kbd> sizes, <kbd>Esc</kbd> ends
        </span>
      )}
      <IconButton
        isSmall
        icon="move"
        label={`Move ${name} by keys`}
        aria-pressed={isMoving}
        onClick={() => setMoving(isMoving ? null : tile.id)}
        onKeyDown={move}
        onBlur={() => isMoving && setMoving(null)}
      />
      {tile.kind !== 'unreadable' && (
        <>
          <IconButton isSmall icon="edit" label={`Change ${name}`} onClick={() => onEdit(tile)} />
          <IconButton isSmall icon="copy" label={`Duplicate ${name}`} onClick={() => onDuplicate(tile)} />
        </>
      )}
      <IconButton isSmall icon="trash" label={`Remove ${name}`} onClick={() => onRemove(tile)} />
    </span>
  );
}
