import { FUNCTION_NAMES, functionOf } from './functions.js';

/** What stands for a value: a path from the present item (`.Labels.host`) or the whole (`$.Status`), or a literal. */
export type Operand =
  | { readonly kind: 'path'; readonly root: boolean; readonly names: readonly string[] }
  | { readonly kind: 'literal'; readonly value: string | number };

/** A function with its arguments; the value of what stands before it in the pipeline is the last one. */
export interface Call {
  readonly name: string;
  readonly operands: readonly Operand[];
}

/** The first is a value or a call, and the others are calls. */
export type Pipeline = readonly (Operand | Call)[];

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly value: Pipeline }
  | {
      readonly kind: 'if';
      readonly value: Pipeline;
      readonly body: readonly Node[];
      readonly other: readonly Node[];
    }
  | {
      readonly kind: 'range';
      readonly value: Pipeline;
      readonly body: readonly Node[];
      readonly other: readonly Node[];
    };

/** What is wrong with a template, in words. */
export class TemplateMistake extends Error {}

const MAX_NODES = 500;
const MAX_DEPTH = 8;
const MAX_OPERANDS = 20;
const TOKEN =
  /\s+|(?<path>\$?(?:\.[A-Za-z_][A-Za-z0-9_]*)+|\.|\$)|(?<text>"(?:[^"\\]|\\.)*")|(?<raw>`[^`]*`)|(?<number>-?\d+(?:\.\d+)?)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<pipe>\|)/y;

interface Token {
  readonly kind: 'path' | 'text' | 'raw' | 'number' | 'word' | 'pipe';
  readonly text: string;
}

/** Either text as it is, or what stands between `{{` and `}}`. */
type Part = { readonly text: string } | { readonly tokens: readonly Token[]; readonly source: string };

/**
 * Parses a template in the notation of Go's `text/template`, as Alertmanager's are: values, pipelines of functions, `if`,
 * `else`, `range`, `end` and comments; no variables, definitions and parentheses.
 *
 * @throws TemplateMistake
 */
export function parse(source: string): readonly Node[] {
  const parts = partsOf(source);
  if (parts.length > MAX_NODES)
    throw new TemplateMistake(`has ${parts.length} parts, at most ${MAX_NODES} are allowed`);
  const reader = { parts, at: 0 };
  const { nodes, end } = block(reader, 0);
  if (end !== null) throw new TemplateMistake(`has {{ ${end} }} without its beginning`);
  return nodes;
}

interface PartReader {
  readonly parts: readonly Part[];
  at: number;
}

/** Up to `else`, `end` or the end of the text. */
function block(reader: PartReader, depth: number): { nodes: Node[]; end: 'else' | 'end' | null } {
  if (depth > MAX_DEPTH) throw new TemplateMistake(`is more than ${MAX_DEPTH} deep`);
  const nodes: Node[] = [];
  while (reader.at < reader.parts.length) {
    const part = reader.parts[reader.at++] as Part;
    if ('text' in part) {
      nodes.push({ kind: 'text', text: part.text });
      continue;
    }
    const [first, ...rest] = part.tokens;
    if (first === undefined) throw new TemplateMistake('has an empty {{ }}');
    const word = first.kind === 'word' ? first.text : '';
    if (word === 'else' || word === 'end') {
      if (rest.length > 0)
        throw new TemplateMistake(`has {{ ${part.source} }}: nothing may stand behind ${word}`);
      return { nodes, end: word };
    }
    if (word !== 'if' && word !== 'range') {
      nodes.push({ kind: 'output', value: pipeline(part.tokens, part.source) });
      continue;
    }
    const value = pipeline(rest, part.source);
    const body = block(reader, depth + 1);
    const other = body.end === 'else' ? block(reader, depth + 1) : { nodes: [], end: body.end };
    if (other.end !== 'end') throw new TemplateMistake(`has {{ ${part.source} }} without its {{ end }}`);
    nodes.push({ kind: word, value, body: body.nodes, other: other.nodes });
  }
  return { nodes, end: null };
}

function pipeline(tokens: readonly Token[], source: string): Pipeline {
  const stages: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'pipe') stages.push([]);
    else stages.at(-1)?.push(token);
  }
  return stages.map((stage, i) => {
    const [first, ...rest] = stage;
    if (first === undefined) throw new TemplateMistake(`has {{ ${source} }}: a value or function is missing`);
    if (first.kind !== 'word') {
      if (rest.length > 0 || i > 0)
        throw new TemplateMistake(`has {{ ${source} }}: ${first.text} is no function`);
      return operand(first);
    }
    const known = functionOf(first.text);
    if (known === undefined)
      throw new TemplateMistake(
        `has {{ ${source} }}: unknown function ${first.text}; there are ${FUNCTION_NAMES.join(', ')}`,
      );
    const given = rest.length + (i > 0 ? 1 : 0);
    if (given < known.least || given > (known.most ?? known.least) || rest.length > MAX_OPERANDS)
      throw new TemplateMistake(`has {{ ${source} }}: ${first.text} takes ${known.takes}`);
    const operands = rest.map((token) => {
      if (token.kind === 'word')
        throw new TemplateMistake(
          `has {{ ${source} }}: ${token.text} must be a value: use a pipeline for functions`,
        );
      return operand(token);
    });
    const problem = known.check?.(operands.map((one) => (one.kind === 'literal' ? one.value : null))) ?? null;
    if (problem !== null) throw new TemplateMistake(`has {{ ${source} }}: ${problem}`);
    return { name: first.text, operands };
  });
}

function operand({ kind, text }: Token): Operand {
  if (kind === 'number') return { kind: 'literal', value: Number(text) };
  if (kind === 'raw') return { kind: 'literal', value: text.slice(1, -1) };
  if (kind === 'text') return { kind: 'literal', value: unquoted(text) };
  return {
    kind: 'path',
    root: text.startsWith('$'),
    names: text
      .split('.')
      .slice(1)
      .filter((name) => name !== ''),
  };
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new TemplateMistake(
      `has the text ${text.slice(0, 100)}, whose escapes are unknown; \`…\` takes it as it is`,
    );
  }
}

function partsOf(source: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  let trims = false;
  while (at < source.length) {
    const begin = source.indexOf('{{', at);
    const end = begin < 0 ? source.length : begin;
    const left = source.startsWith('{{- ', begin) && begin >= 0;
    let text = source.slice(at, end);
    if (trims) text = text.trimStart();
    if (left) text = text.trimEnd();
    if (text !== '') parts.push({ text });
    if (begin < 0) break;
    const close = closing(source, begin + 2);
    const inner = source.slice(begin + (left ? 3 : 2), close);
    trims = inner.endsWith(' -');
    const body = (trims ? inner.slice(0, -1) : inner).trim();
    if (!/^\/\*.*\*\/$/s.test(body)) parts.push({ tokens: tokensOf(body), source: body.slice(0, 100) });
    at = close + 2;
  }
  return parts;
}

/** Where the `}}` of an action is; one within a text does not end it. */
function closing(source: string, from: number): number {
  let quote = '';
  for (let at = from; at < source.length; at += 1) {
    const character = source[at] as string;
    if (quote !== '') {
      if (character === '\\' && quote === '"') at += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === '`') quote = character;
    else if (source.startsWith('}}', at)) return at;
  }
  throw new TemplateMistake('has {{ without its }}');
}

function tokensOf(body: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < body.length; ) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(body);
    if (match === null)
      throw new TemplateMistake(
        `has {{ ${body.slice(0, 100)} }}, which is not understood at ${JSON.stringify(body.slice(at, at + 10))}`,
      );
    at = TOKEN.lastIndex;
    for (const [kind, text] of Object.entries(match.groups ?? {}))
      if (text !== undefined) tokens.push({ kind: kind as Token['kind'], text });
  }
  return tokens;
}
