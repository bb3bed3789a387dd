import { isScalar, type LineCounter, type Node } from 'yaml';

/**
 * Line and column, from 1, of a character of a scalar's text, for mistakes inside of expressions. Where the text
 * is escaped or folded it is the place where the scalar begins.
 */
export function placeOf(
  source: string,
  lines: LineCounter,
  node: unknown,
  offset = 0,
): { readonly line: number; readonly col: number } {
  const start = (node as Node | null | undefined)?.range?.[0];
  if (start === undefined) return { line: 1, col: 1 };
  return lines.linePos(isScalar(node) ? characterAt(source, start, node, offset) : start);
}

function characterAt(
  source: string,
  start: number,
  node: { value: unknown; type?: string | undefined },
  offset: number,
): number {
  const { type, value } = node;
  if (typeof value !== 'string' || offset > value.length) return start;
  if (type === 'BLOCK_LITERAL') return inBlock(source, start, value, offset);
  const text = start + (type === 'PLAIN' ? 0 : 1);
  return source.startsWith(value, text) ? text + offset : start;
}

/** A literal block begins on the line after its `|`, each line indented by the same number of spaces. */
function inBlock(source: string, start: number, value: string, offset: number): number {
  const before = value.slice(0, offset).split('\n');
  const column = before.at(-1)?.length ?? 0;
  let at = source.indexOf('\n', start) + 1;
  const indent = /^\n*( *)/.exec(source.slice(at))?.[1]?.length ?? 0;
  for (let line = 1; line < before.length; line++) at = source.indexOf('\n', at) + 1;
  return at + indent + column;
}
