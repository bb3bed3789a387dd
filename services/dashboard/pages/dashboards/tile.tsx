import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { State } from '../../parts/states.js';
import type { Tile } from './model/board.js';
import { nameOf } from './model/edits.js';
import { Widget } from './widgets/widget.js';

/** Of a row of the grid, in pixels; the style sheet has the same. */
export const ROW = 80;
export const GAP = 16;
/** What may be longer than its tile is reached by keys, which scroll it. */
const SCROLLED: readonly Tile['kind'][] = ['table', 'heatmap', 'alerts', 'text', 'unreadable'];
/** Head and padding. */
const AROUND = 60;

interface TileViewProps {
  readonly tile: Tile;
  /** At the end of the head. */
  readonly actions?: ComponentChildren;
}

/** One component of a dashboard, or why it cannot be shown. */
export function TileView({ tile, actions }: TileViewProps) {
  const id = useId();
  const height = tile.h * (ROW + GAP) - GAP - AROUND;
  return (
    // No landmark: of many tiles some may have the same title.
    <article class={`card tile is-${tile.kind}`} aria-labelledby={id}>
      <header class="tile-head">
        <h2 id={id}>{nameOf(tile)}</h2>
        {actions}
      </header>
      <div class="tile-body" {...(SCROLLED.includes(tile.kind) && { tabIndex: 0 })}>
        {tile.kind === 'unreadable' ? (
          <State icon="warning" title="This cannot be shown">
            <ul>
              {tile.problems.map((problem) => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          </State>
        ) : (
          <Widget component={tile} height={height} />
        )}
      </div>
    </article>
  );
}
