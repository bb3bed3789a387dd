/** What is wrong with a template, in words, and where: an offset in its source. */
export class TemplateMistake extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

const TOKEN =
  /\s+|(?<path>\$?(?:\.[A-Za-z_][A-Za-z0-9_]*)+|\.|\$(?![A-Za-z_]))|(?<variable>\$[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)|(?<text>"(?:[^"\\]|\\.)*")|(?<raw>`[^`]*`)|(?<number>-?\d+(?:\.\d+)?)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<sign>:=|[|()=,])/y;

export interface Token {
  readonly kind: 'path' | 'variable' | 'text' | 'raw' | 'number' | 'word' | 'sign';
  readonly text: string;
  readonly at: number;
}

/** What stands between `{{` and `}}`. */
export interface Action {
  readonly tokens: readonly Token[];
  /** As it is written, for messages. */
  readonly source: string;
  readonly at: number;
}

/** Either text as it is, or an action. */
export type Part = { readonly text: string } | Action;

/** @throws TemplateMistake */
export function partsOf(source: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  let trims = false;
  while (at < source.length) {
    const begin = source.indexOf('{{', at);
    const left = begin >= 0 && /^-\s/.test(source.slice(begin + 2, begin + 4));
    let text = source.slice(at, begin < 0 ? source.length : begin);
    if (trims) text = text.trimStart();
    if (left) text = text.trimEnd();
    if (text !== '') parts.push({ text });
    if (begin < 0) break;
    const from = begin + (left ? 3 : 2);
    const close = closing(source, begin, from);
    const inner = source.slice(from, close);
    trims = /\s-$/.test(inner);
    const body = trims ? inner.slice(0, -1) : inner;
    const shown = body.trim();
    if (!/^\/\*.*\*\/$/s.test(shown))
      parts.push({ tokens: tokensOf(body, from), source: shown.slice(0, 100), at: begin });
    at = close + 2;
  }
  return parts;
}

/** Where the `}}` of an action is; one within a text or a comment does not end it. */
function closing(source: string, begin: number, from: number): number {
  const comment = /\s*\/\*/y;
  comment.lastIndex = from;
  const end = comment.test(source) ? source.indexOf('*/', comment.lastIndex) : from;
  let quote = '';
  for (let at = end; at >= 0 && at < source.length; at += 1) {
    const character = source[at] as string;
    if (quote !== '') {
      if (character === '\\' && quote === '"') at += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === '`') quote = character;
    else if (source.startsWith('}}', at)) return at;
  }
  throw new TemplateMistake('has {{ without its }}', begin);
}

function tokensOf(body: string, from: number): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < body.length; ) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(body);
    if (match === null) {
      const near = JSON.stringify(body.slice(at, at + 10));
      const source = body.trim().slice(0, 100);
      throw new TemplateMistake(`has {{ ${source} }}, which is not understood at ${near}`, from + at);
    }
    for (const [kind, text] of Object.entries(match.groups ?? {}))
      if (text !== undefined) tokens.push({ kind: kind as Token['kind'], text, at: from + at });
    at = TOKEN.lastIndex;
  }
  return tokens;
}
