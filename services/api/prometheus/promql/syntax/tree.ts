import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { invalid } from '../model/faults.js';

/** Longest expression, in characters. */
const MAX_LENGTH = 16_384;
/** Deepest nesting of the grammar's nodes: what is evaluated later calls itself as often. */
const MAX_DEPTH = 256;

/** Strings and comments, a function that Prometheus 3 has by another name, and numbers that end in a point. */
const OTHERWISE =
  /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*|\bholt_winters(?=\s*\()|(?<![\w.:])\d+\.(?![\d.])/g;

/** As the grammar has it, which is that of Prometheus 3 for editors. */
export const asGrammarHasIt = (text: string): string =>
  text.replaceAll(OTHERWISE, (found) => {
    if (found === 'holt_winters') return 'double_exponential_smoothing';
    return /^\d+\.$/.test(found) ? `${found}0` : found;
  });

/** The parse tree of an expression. @throws TACTUS_PROMQL_INVALID for what is none, with line and column */
export function parseTree(text: string): SyntaxNode {
  if (text.length > MAX_LENGTH)
    throw invalid(`the expression has ${text.length} characters, at most ${MAX_LENGTH} are allowed`);
  const tree = parser.parse(text);
  refuseMistakes(tree, text);
  const [root] = children(tree.topNode);
  if (root === undefined) throw invalid('no expression found in input');
  return root;
}

function refuseMistakes(tree: Tree, text: string): void {
  let depth = 0;
  let mistake = -1;
  tree.iterate({
    enter: ({ type, from }) => {
      depth++;
      if (depth > MAX_DEPTH) throw invalid(`the expression is nested deeper than ${MAX_DEPTH} levels`);
      if (type.isError && mistake < 0) mistake = from;
    },
    leave: () => {
      depth--;
    },
  });
  if (mistake >= 0) throw mistakeAt(mistake, text);
}

function mistakeAt(at: number, text: string): Error {
  const before = text.slice(0, at);
  const place = `${before.split('\n').length}:${at - before.lastIndexOf('\n')}`;
  const called = text[at] === '(' ? /([a-zA-Z_:][\w:]*)\s*$/.exec(before)?.[1] : undefined;
  if (called !== undefined) return invalid(`${place}: parse error: unknown function with name "${called}"`);
  if (text.trim() === '') return invalid('1:1: parse error: no expression found in input');
  const rest = text.slice(at).trimStart();
  const found = rest === '' ? 'end of input' : JSON.stringify(/^(\w+|.)/su.exec(rest)?.[0] ?? rest[0]);
  return invalid(`${place}: parse error: unexpected ${found}`);
}

/** The children of a node but comments. */
export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'LineComment') found.push(child);
  return found;
}
