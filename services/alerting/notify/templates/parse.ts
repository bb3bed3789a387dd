import { type Expression, readExpression, TokenReader } from './expressions.js';
import { type Action, type Part, partsOf, TemplateMistake } from './tokens.js';
import { Variables } from './variables.js';

/** A piece of a template. Variables are numbered: each that is declared has a place of its own. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly value: Expression }
  | { readonly kind: 'set'; readonly variable: number; readonly value: Expression }
  | {
      /** `with` also makes the value the present item. */
      readonly kind: 'if' | 'with';
      readonly variable: number | null;
      readonly value: Expression;
      readonly body: readonly Node[];
      readonly other: readonly Node[];
    }
  | {
      readonly kind: 'range';
      /** What the number of an item, or the name of a pair, goes to. */
      readonly key: number | null;
      readonly variable: number | null;
      readonly value: Expression;
      readonly body: readonly Node[];
      readonly other: readonly Node[];
    };

const MAX_PARTS = 500;
const MAX_DEPTH = 8;
const UNSUPPORTED = ['define', 'template', 'block', 'break', 'continue'];

interface Reading {
  readonly parts: readonly Part[];
  at: number;
  readonly variables: Variables;
}

/**
 * Parses a template in the notation of Go's `text/template`, as Alertmanager's are: values, pipelines of functions,
 * parentheses, variables, `if`, `with`, `range`, `else`, `end` and comments; no definitions.
 *
 * @throws TemplateMistake
 */
export function parse(source: string): readonly Node[] {
  const parts = partsOf(source);
  if (parts.length > MAX_PARTS)
    throw new TemplateMistake(`has ${parts.length} parts, at most ${MAX_PARTS} are allowed`, 0);
  const { nodes, end } = block({ parts, at: 0, variables: new Variables() }, 0, 0);
  if (end !== null)
    throw new TemplateMistake(`has {{ ${end.tokens[0]?.text} }} without its beginning`, end.at);
  return nodes;
}

/** Up to `else`, `end` or the end of the text. @param begin of the action that it belongs to */
function block(reading: Reading, depth: number, begin: number): { nodes: Node[]; end: Action | null } {
  if (depth > MAX_DEPTH) throw new TemplateMistake(`is more than ${MAX_DEPTH} deep`, begin);
  const nodes: Node[] = [];
  while (reading.at < reading.parts.length) {
    const part = reading.parts[reading.at++] as Part;
    if ('text' in part) {
      nodes.push({ kind: 'text', text: part.text });
      continue;
    }
    const tokens = new TokenReader(part, reading.variables);
    const first = tokens.next;
    if (first === undefined) throw new TemplateMistake('has an empty {{ }}', part.at);
    const word = first.kind === 'word' ? first.text : '';
    if (UNSUPPORTED.includes(word)) throw tokens.mistake(`${word} is not supported`);
    if (word === 'else' || word === 'end') return { nodes, end: part };
    if (word === 'if' || word === 'with' || word === 'range') {
      tokens.take();
      nodes.push(reading.variables.within(() => control(reading, { word, tokens, depth, begin: part })));
    } else nodes.push(plain(tokens));
  }
  return { nodes, end: null };
}

/** An action by itself: what it makes is shown, or goes to a variable. */
function plain(tokens: TokenReader): Node {
  const { target, declares } = tokens.target();
  const value = readExpression(tokens);
  if (target === null) return { kind: 'output', value };
  return { kind: 'set', variable: declares ? tokens.declared(target) : tokens.known(target), value };
}

interface Control {
  readonly word: 'if' | 'with' | 'range';
  readonly tokens: TokenReader;
  readonly depth: number;
  /** Of the action that `end` belongs to. */
  readonly begin: Action;
}

function control(reading: Reading, { word, tokens, depth, begin }: Control): Node {
  const named = word === 'range' ? tokens.pair() : { key: null, ...tokens.target() };
  if (!named.declares && named.target !== null)
    throw tokens.mistake(`${named.target.text} must be declared by :=`, named.target);
  const value = readExpression(tokens);
  // In the order of Go: what is declared is not yet known to the value that it gets.
  const key = named.key === null ? null : tokens.declared(named.key);
  const variable = named.target === null ? null : tokens.declared(named.target);
  const body = reading.variables.within(() => block(reading, depth + 1, begin.at));
  const missing = () => new TemplateMistake(`has {{ ${begin.source} }} without its {{ end }}`, begin.at);
  if (body.end === null) throw missing();
  const closes = new TokenReader(body.end, reading.variables);
  let other: readonly Node[] = [];
  if (closes.take()?.text === 'else') {
    const { next } = closes;
    if (next !== undefined && word !== 'range' && (next.text === 'if' || next.text === 'with')) {
      closes.take();
      return {
        ...{ kind: word, variable, value, body: body.nodes },
        other: [control(reading, { word: next.text, tokens: closes, depth, begin })],
      };
    }
    closes.end('else');
    const rest = reading.variables.within(() => block(reading, depth + 1, begin.at));
    if (rest.end === null) throw missing();
    const end = new TokenReader(rest.end, reading.variables);
    if (end.take()?.text !== 'end') throw missing();
    end.end('end');
    other = rest.nodes;
  } else closes.end('end');
  return word === 'range'
    ? { kind: word, key, variable, value, body: body.nodes, other }
    : { kind: word, variable, value, body: body.nodes, other };
}
