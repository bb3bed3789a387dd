/** Words of PromQL that are no metrics, where no bracket follows. */
const WORDS = new Set([
  'and',
  'or',
  'unless',
  'bool',
  'offset',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
]);

/** The vector selectors of an expression, without their ranges; enough for what ours use. */
export function selectorsOf(expression: string): string[] {
  const withoutGroups = expression.replaceAll(/\b(by|without|on|ignoring|group_left)\s*\([^)]*\)/g, ' ');
  const found = withoutGroups.matchAll(/([a-zA-Z_:][\w:]*)\s*(\{[^}]*\}|\()?|"[^"]*"|\[[^\]]*\]|\d\w*/g);
  return [...found].flatMap(([, name, next = '']) =>
    name === undefined || next === '(' || WORDS.has(name) ? [] : [name + next],
  );
}
