import type { QueryChanges } from '../../../address/query.js';
import { tagTexts } from '../../../api/tags.js';
import type { Component } from './component.js';

const ALL_IN_ONE = '*';

/** What Explore has to be asked for to show the same; null where it has nothing like it. */
export function exploreAddress({
  metric,
  tags,
  aggregation,
  by,
  top,
  compare,
  kind,
}: Component): QueryChanges | null {
  if (metric === undefined) return null;
  const groups = kind === 'kpi' ? [] : by;
  return {
    metric,
    tag: tagTexts(tags),
    ...(aggregation !== undefined && { agg: aggregation }),
    // In its address, no groups are not the same as one.
    ...(groups !== undefined && { by: groups.length === 0 ? [ALL_IN_ONE] : groups }),
    ...(top !== undefined && { top }),
    ...(compare !== undefined && { compare }),
    ...(kind === 'table' && { view: 'table' }),
  };
}
