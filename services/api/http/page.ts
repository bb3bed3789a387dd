import { type TSchema, Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import { MAX_DATE_MS } from '../../../shared/core/iso-time.js';

/*
 * Lists are paged by cursor: the place of the last item in an order that writes do not change, so that no item comes
 * twice or is left out while others are added.
 */

export const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;
/** Of a cursor as it is sent. */
const MAX_CURSOR = 2_048;

export const PageQuery = {
  limit: Type.Integer({
    minimum: 1,
    maximum: MAX_PAGE,
    default: DEFAULT_PAGE,
    description: 'Most items of an answer',
  }),
  cursor: Type.Optional(
    Type.String({
      maxLength: MAX_CURSOR,
      description: 'nextCursor of the answer before; the other parameters stay the same',
    }),
  ),
} as const;

/** A page of a list. */
export function Page<T extends TSchema>(item: T) {
  return Type.Object({
    items: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()], { description: 'Null behind the last item' }),
  });
}

type Place = readonly (string | number)[];

/** @param place of the last item, in the order of the list */
export function cursorOf(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/**
 * The place behind which a page begins; null for the first.
 *
 * @param shape the types of its parts; numbers are times
 * @throws TactusError `TACTUS_REQUEST_INVALID`
 */
export function placeOf(cursor: string | undefined, shape: readonly ('string' | 'number')[]): Place | null {
  if (cursor === undefined) return null;
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(place) &&
      place.length === shape.length &&
      shape.every(
        (type, i) => typeof place[i] === type && (type === 'string' || Math.abs(place[i]) <= MAX_DATE_MS),
      )
    )
      return place as Place;
  } catch {
    // As any other text that is no cursor.
  }
  throw new TactusError(
    'TACTUS_REQUEST_INVALID',
    'cursor: is none of this list; allowed is the nextCursor of an answer of it',
  );
}

/** The items that were asked for, and where the next page begins. @param rows one more than `limit` where there are more */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  place: (row: R) => Place,
  item: (row: R) => T,
) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(item),
    nextCursor: rows.length > limit && last !== undefined ? cursorOf(place(last)) : null,
  };
}
