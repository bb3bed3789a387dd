import { call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { Empty, Loaded } from '../../parts/states.js';
import { boardOf } from './model/board.js';
import './dashboards.css';
import { TileView } from './tile.js';
import { ViewGrid } from './view-grid.js';

const EVERY_MS = 60_000;

/** What a link to a dashboard shows. */
export default function Shared({ id }: { readonly id: string }) {
  const stored = useResource(
    (signal) => call('GET /dashboards/{id}', { path: { id }, query: {}, signal }),
    [id, tenant.value],
    { everyMs: EVERY_MS },
  );
  return (
    <Loaded of={stored}>
      {({ title, spec }) => {
        const { tiles } = boardOf(title, spec);
        return tiles.length === 0 ? (
          <Empty title="There is nothing on it yet" />
        ) : (
          <ViewGrid tiles={tiles}>{(tile) => <TileView tile={tile} />}</ViewGrid>
        );
      }}
    </Loaded>
  );
}
