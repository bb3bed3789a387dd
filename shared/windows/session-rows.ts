import { addPoint, CELL, mergeCell } from './cells.js';
import type { Members } from './members.js';
import type { Fold } from './session.js';
import { QuantileSketch } from './sketch.js';

/** The figures of a session: a row as in cells.ts, a sketch where quantiles are asked for, and its members if it has any. */
export interface SessionRow {
  readonly cells: Float64Array;
  readonly sketch: QuantileSketch | null;
  members: Members | null;
}

/** How points become the figures of a session. */
export function sessionRows(withSketch: boolean): Fold<number, SessionRow> {
  return {
    create: () => ({
      cells: new Float64Array(CELL),
      sketch: withSketch ? new QuantileSketch() : null,
      members: null,
    }),
    add: (into, value, at) => {
      addPoint(into.cells, 0, value, at);
      into.sketch?.add(value);
      return into;
    },
    merge: (into, from) => {
      mergeCell(into.cells, 0, from.cells, 0);
      if (from.sketch !== null) into.sketch?.merge(from.sketch);
      // A session that is merged into another is used no more.
      if (into.members === null) into.members = from.members;
      else if (from.members !== null) into.members.absorb(from.members);
      return into;
    },
  };
}
