/** Source of the points that stand for what a rule has recorded. @param rule as alerts name it */
export function recordedSource(rule: string): string {
  return `rule/${rule}`;
}
