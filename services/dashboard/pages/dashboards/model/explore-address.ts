import type { QueryChanges } from '../../../address/query.js';
import type { Component } from './component.js';
import { queryPairs } from './pairs.js';

/** What Explore has to be asked for to show the same; null where it has nothing like it. */
export function exploreAddress({
  metric,
  tags,
  aggregation,
  by,
  compare,
  kind,
}: Component): QueryChanges | null {
  if (metric === undefined) return null;
  return {
    metric,
    tag: queryPairs(tags),
    ...(aggregation !== undefined && { agg: aggregation }),
    ...(by !== undefined && { by }),
    ...(compare !== undefined && { compare }),
    ...(kind === 'table' && { view: 'table' }),
  };
}
