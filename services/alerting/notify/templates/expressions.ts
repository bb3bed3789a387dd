import { FUNCTION_NAMES, functionOf } from './functions.js';
import { type Action, TemplateMistake, type Token } from './tokens.js';
import type { Variables } from './variables.js';

/**
 * What has a value: a literal, a function with its arguments, or a path from the present item (`.Labels.host`), the
 * whole (`$.Status`), a variable (by its number) or what stands in parentheses.
 */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | {
      readonly kind: 'path';
      readonly from: 'item' | 'whole' | number | Expression;
      readonly names: readonly string[];
    }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Expression[] };

const MAX_OPERANDS = 20;
const MAX_DEPTH = 8;

/** Reads the tokens of one action. */
export class TokenReader {
  #at = 0;
  depth = 0;

  constructor(
    private readonly action: Action,
    private readonly variables: Variables,
  ) {}

  get next(): Token | undefined {
    return this.action.tokens[this.#at];
  }

  take(): Token | undefined {
    return this.action.tokens[this.#at++];
  }

  /** True for a sign that is next, which is taken. */
  takes(sign: string): boolean {
    const { next } = this;
    if (next?.kind !== 'sign' || next.text !== sign) return false;
    this.#at++;
    return true;
  }

  mistake(text: string, token = this.next): TemplateMistake {
    return new TemplateMistake(`has {{ ${this.action.source} }}: ${text}`, token?.at ?? this.action.at);
  }

  end(behind: string): void {
    if (this.next !== undefined) throw this.mistake(`nothing may stand behind ${behind}`);
  }

  /** `$x :=` or `$x =`, which is taken where it is next. */
  target(): { target: Token | null; declares: boolean } {
    const [target, sign] = this.action.tokens.slice(this.#at, this.#at + 2);
    if (target?.kind !== 'variable' || sign?.kind !== 'sign' || !/^:?=$/.test(sign.text))
      return { target: null, declares: false };
    if (target.text.includes('.')) throw this.mistake(`${target.text} cannot be set`);
    this.#at += 2;
    return { target, declares: sign.text === ':=' };
  }

  /** Of `range`: `$key, $value :=` also. */
  pair(): { key: Token | null; target: Token | null; declares: boolean } {
    const [key, comma] = this.action.tokens.slice(this.#at, this.#at + 2);
    if (key?.kind !== 'variable' || comma?.text !== ',') return { key: null, ...this.target() };
    this.#at += 2;
    const { target, declares } = this.target();
    if (target === null || key.text.includes('.')) throw this.mistake('a pair is $key, $value := LIST', key);
    return { key, target, declares };
  }

  declared({ text }: Token): number {
    return this.variables.declare(text);
  }

  known(token: Token): number {
    const [name = ''] = token.text.split('.');
    const variable = this.variables.find(name);
    if (variable === undefined) throw this.mistake(`variable ${name} is not declared`, token);
    return variable;
  }
}

/** All that is left of an action. @throws TemplateMistake */
export function readExpression(tokens: TokenReader): Expression {
  const value = pipeline(tokens);
  if (tokens.next !== undefined) throw tokens.mistake(`${tokens.next.text} is not expected there`);
  return value;
}

/** Up to its end or to `)`. The value of what stands before a function is the last of its arguments. */
function pipeline(tokens: TokenReader): Expression {
  let value = command(tokens, null);
  while (tokens.takes('|')) value = command(tokens, value);
  return value;
}

function command(tokens: TokenReader, piped: Expression | null): Expression {
  const { next: first } = tokens;
  if (first === undefined || (first.kind === 'sign' && first.text !== '('))
    throw tokens.mistake('a value or function is missing');
  if (first.kind === 'word' && !isLiteral(first)) {
    tokens.take();
    return call(tokens, first, piped);
  }
  const value = operand(tokens);
  const beginsMore = tokens.next !== undefined && !(tokens.next.kind === 'sign' && tokens.next.text !== '(');
  if (value.kind === 'path' && value.names.at(-1) === 'Remove' && piped === null && beginsMore)
    return {
      kind: 'call',
      name: 'without',
      operands: [{ ...value, names: value.names.slice(0, -1) }, operand(tokens)],
    };
  if (beginsMore || piped !== null) throw tokens.mistake(`${first.text} is no function`, first);
  return value;
}

function call(tokens: TokenReader, name: Token, piped: Expression | null): Expression {
  const known = functionOf(name.text);
  if (known === undefined)
    throw tokens.mistake(`unknown function ${name.text}; there are ${FUNCTION_NAMES.join(', ')}`, name);
  const operands: Expression[] = [];
  while (tokens.next !== undefined && !(tokens.next.kind === 'sign' && tokens.next.text !== '('))
    operands.push(operand(tokens));
  const given = operands.length;
  if (piped !== null) operands.push(piped);
  if (operands.length < known.least || operands.length > (known.most ?? known.least) || given > MAX_OPERANDS)
    throw tokens.mistake(`${name.text} takes ${known.takes}`, name);
  const literals = operands.map((one) => (one.kind === 'literal' ? one.value : null));
  const problem = known.check?.(literals) ?? null;
  if (problem !== null) throw tokens.mistake(problem, name);
  return { kind: 'call', name: name.text, operands };
}

function operand(tokens: TokenReader): Expression {
  const { next: token } = tokens;
  if (token === undefined) throw tokens.mistake('a value is missing');
  if (token.kind === 'word' && !isLiteral(token))
    throw tokens.mistake(`${token.text} must be a value: a function among arguments stands in parentheses`);
  if (token.text === '(') return grouped(tokens);
  if (token.kind === 'sign') throw tokens.mistake(`${token.text} is not expected there`);
  tokens.take();
  if (token.kind === 'word') return { kind: 'literal', value: token.text === 'true' };
  if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) };
  if (token.kind === 'raw') return { kind: 'literal', value: token.text.slice(1, -1) };
  if (token.kind === 'text') return { kind: 'literal', value: unquoted(tokens, token) };
  if (token.kind === 'variable') return { kind: 'path', from: tokens.known(token), names: namesOf(token) };
  return { kind: 'path', from: token.text.startsWith('$') ? 'whole' : 'item', names: namesOf(token) };
}

/** `(…)`, and the path that follows it at once. */
function grouped(tokens: TokenReader): Expression {
  const open = tokens.take();
  if (++tokens.depth > MAX_DEPTH) throw tokens.mistake(`parentheses are more than ${MAX_DEPTH} deep`, open);
  const from = pipeline(tokens);
  const { next: close } = tokens;
  if (!tokens.takes(')')) throw tokens.mistake('( without its )', open);
  tokens.depth--;
  const { next } = tokens;
  if (next?.kind !== 'path' || next.at !== (close?.at ?? 0) + 1 || !next.text.startsWith('.')) return from;
  tokens.take();
  return { kind: 'path', from, names: namesOf(next) };
}

const isLiteral = ({ kind, text }: Token) => kind === 'word' && (text === 'true' || text === 'false');

const namesOf = ({ text }: Token) =>
  text
    .split('.')
    .slice(1)
    .filter((name) => name !== '');

function unquoted(tokens: TokenReader, token: Token): string {
  try {
    return JSON.parse(token.text) as string;
  } catch {
    const text = token.text.slice(0, 100);
    throw tokens.mistake(`the text ${text} has escapes that are unknown; \`…\` takes it as it is`, token);
  }
}
