/**
 * SQL: whether a point stands for what a rule has recorded. Its window is the rule's, not one of points, and its metric has
 * none of windowing: nothing of it is compared.
 */
export function isRecordedSql(kind: string): string {
  return `${kind} = 'recorded'`;
}
