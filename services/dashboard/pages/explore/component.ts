import type { NewComponent } from '../dashboards/model/edits.js';
import { backMs, type ExploreState, groupedBy, MOST_BY } from './state.js';
import { unitOf } from './unit.js';

const MOST_TITLE = 200;

/**
 * What Explore shows, as a dashboard keeps it.
 *
 * @param tagNames of all series of the metric
 */
export function componentOf(
  metric: string,
  state: ExploreState,
  tagNames: readonly string[],
  rangeMs: number,
): NewComponent {
  const { tags, aggregation, top, compare, view, hasBand } = state;
  // Of single series there is neither a top nor a period before; of groups by all tags there is.
  const by = groupedBy({ ...state, tagNames }) ?? (compare === null ? null : tagNames.slice(0, MOST_BY));
  const unit = unitOf(metric, aggregation);
  return {
    ...{ kind: view, title: metric.slice(0, MOST_TITLE), metric, aggregation },
    ...(tags.length > 0 && { tags: Object.fromEntries(tags) }),
    ...(by !== null && { by }),
    ...(by !== null && top !== null && { top }),
    ...(by !== null && compare !== null && { compare: durationOf(compare, rangeMs) }),
    ...(by === null && view === 'chart' && aggregation === 'avg' && { band: hasBand }),
    ...(unit !== undefined && { unit }),
  };
}

const durationOf = (compare: string, rangeMs: number): string =>
  /^\d+[dhm]$/.test(compare) ? compare : `${Math.round(backMs(compare, rangeMs) / 1_000)}s`;
