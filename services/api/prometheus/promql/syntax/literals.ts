import { invalid } from '../model/faults.js';

const UNITS_MS: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
};

/** The milliseconds of a duration such as `1h30m`. @throws TACTUS_PROMQL_INVALID for anything else, numbers of seconds (of Prometheus 3) too */
export function parseDuration(text: string): number {
  if (!/^(\d+(ms|[ywdhms]))+$/.test(text)) throw invalid(`bad duration syntax: ${JSON.stringify(text)}`);
  let total = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g))
    total += Number(digits) * (UNITS_MS[unit ?? ''] ?? 0);
  // Two hundred years: beyond it, times are no longer exact.
  if (total > 200 * 365 * 86_400_000) throw invalid(`duration out of range: ${text}`);
  return total;
}

/** The units in which a duration is written, and whether only where nothing is left over. */
const WRITTEN = [
  ['y', true],
  ['w', true],
  ['d', false],
  ['h', false],
  ['m', false],
  ['s', false],
  ['ms', false],
] as const;

/** A duration as Prometheus writes it: years and weeks only where it is a number of them. */
export function formatDuration(ms: number): string {
  let left = ms;
  let text = '';
  for (const [unit, isExact] of WRITTEN) {
    const size = UNITS_MS[unit] ?? 1;
    if (left < size || (isExact && left % size !== 0)) continue;
    text += `${Math.floor(left / size)}${unit}`;
    left %= size;
  }
  return text;
}

/** @throws TACTUS_PROMQL_INVALID for what Prometheus 2.42 takes for no number, such as `5m` and `1_000` */
export function parseNumber(text: string): number {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  if (/^0x[0-9a-f]+$/i.test(text) || /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  throw invalid(`bad number or duration syntax: ${JSON.stringify(text)}`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

const ESCAPED = /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gsu;

/** The text of a string in quotes or backticks. @throws TACTUS_PROMQL_INVALID for an escape that there is not */
export function parseString(literal: string): string {
  const quote = literal[0];
  if (literal.length < 2 || !literal.endsWith(quote ?? '')) throw invalid('unterminated quoted string');
  const inner = literal.slice(1, -1);
  if (quote === '`') return inner;
  if (inner.includes('\n')) throw invalid('unterminated quoted string');
  if (!inner.includes('\\')) return inner;
  const parts: Buffer[] = [];
  let read = 0;
  for (const match of inner.matchAll(ESCAPED)) {
    parts.push(Buffer.from(inner.slice(read, match.index)), unescaped(match, quote));
    read = match.index + match[0].length;
  }
  parts.push(Buffer.from(inner.slice(read)));
  return Buffer.concat(parts).toString('utf8');
}

/** What an escape stands for: a byte by `\x` and octal digits, else a character. */
function unescaped(match: RegExpMatchArray, quote: string | undefined): Buffer {
  const [whole, hex, octal, short, long, one] = match;
  const byte =
    hex !== undefined ? Number.parseInt(hex, 16) : octal !== undefined ? Number.parseInt(octal, 8) : 256;
  if (byte < 256) return Buffer.of(byte);
  const code = Number.parseInt(short ?? long ?? '', 16);
  if (code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)) return Buffer.from(String.fromCodePoint(code));
  const plain = one === undefined ? undefined : ESCAPES[one];
  // Only the quote that ends the string may be escaped in it.
  if (plain === undefined || ((one === '"' || one === "'") && one !== quote))
    throw invalid(`unknown escape sequence ${JSON.stringify(whole)} in a string`);
  return Buffer.from(plain);
}
