import { MAX_EXACT, MEMBER_LIMIT, STANDARD_ERROR } from '../../../shared/windows/distinct.js';

/** How far an estimate may be from the number that the database counts, before the window is compared by itself. */
const SHARE = 6 * STANDARD_ERROR;

/** SQL: whether a point stands for a member that windows count. */
export function isMemberSql(kind: string, value: string): string {
  return `(${kind} = 'member' AND ${value} >= 0 AND ${value} < ${MEMBER_LIMIT} AND ${value} = trunc(${value}))`;
}

/** SQL: whether a window's number of members can be that of its points, of which there are `counted`; both may be null. */
export function sameDistinctSql(written: string, counted: string): string {
  return `CASE
        WHEN ${counted} IS NULL THEN ${written} IS NULL
        WHEN ${counted} <= ${MAX_EXACT} THEN ${written} = ${counted}
        ELSE abs(${written} - ${counted}) <= ${SHARE} * ${counted}
      END`;
}
