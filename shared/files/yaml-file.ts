import {
  type Alias,
  Composer,
  type CST,
  Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  visit,
  type YAMLMap,
} from 'yaml';
import { messageOf, TactusError } from '../core/errors.js';
import { Mistakes } from './mistakes.js';
import { placeOf } from './place.js';
import { MAX_FILE_BYTES } from './read-text.js';
import { type Reader, type Report, Value } from './value.js';

/** Aliases of a document, and what one anchor may become when aliases within it are followed. */
const MAX_ALIASES = 1_000;
const MAX_ALIASES_OF_ONE = 100;
const MAX_ERRORS = 100;
const MAX_DEPTH = 200;
/** Anchors, tags and directives in a row. */
const MAX_MARKS = 20;
/** Five times what a thousand rules have. */
const MAX_LEXEMES = 500_000;
const OPTIONS = { prettyErrors: false, uniqueKeys: false, logLevel: 'error' } as const;

const NOWHERE = { key: '', report: () => {}, aliases: new Map<Alias, null>() };

/**
 * Reads a YAML file (version 1.2, core schema) and checks all of it.
 *
 * @param file names the source in messages
 * @throws InvalidFileError naming every mistake with its line, column, key, value and what is allowed
 */
export function readYaml<T>(text: string, file: string, reader: Reader<T>): T {
  const mistakes = new Mistakes(file);
  const lines = linesOf(text);
  const document = parse(text, lines, mistakes);
  const aliases = resolveAliases(document, lines, mistakes);
  const report: Report = (node, key, what, offset) =>
    mistakes.add(placeOf(text, lines, node, offset), key, what);
  const value = reader(new Value({ node: document.contents, key: '', report, aliases }));
  mistakes.finish();
  if (value === null) throw new TactusError('TACTUS_INVARIANT', `${file}: refused without a mistake`);
  return value;
}

/** Reads what is no text but plain values, such as a record of a control topic; places have no meaning there. */
export function readValues<T>(values: unknown, report: Report, reader: Reader<T>): T | null {
  return reader(new Value({ ...NOWHERE, node: new Document(values).contents, report }));
}

/**
 * The keys of the document's mapping, as far as it is one: what kind of file it is shows in them.
 *
 * @throws InvalidFileError when it is no YAML
 */
export function topKeys(text: string, file: string): readonly string[] {
  return new Value({ ...NOWHERE, node: parse(text, linesOf(text), new Mistakes(file)).contents }).keys();
}

function parse(text: string, lines: LineCounter, mistakes: Mistakes): Document {
  if (text.length > MAX_FILE_BYTES) mistakes.add(null, '', `must be at most ${MAX_FILE_BYTES} bytes`);
  mistakes.finish();
  const composer = new Composer(OPTIONS);
  const stop = (offset: number, what: string) => {
    mistakes.add(lines.linePos(offset), '', what);
    mistakes.finish();
  };
  const [document, more] = composer.compose(tokensOf(text, stop), true, text.length);
  if (document === undefined) throw new TactusError('TACTUS_INVARIANT', 'YAML without a document');
  if (more !== undefined) mistakes.add(lines.linePos(more.range[0]), '', 'must be one document');
  // Without what it quotes of the text, which may be a secret.
  for (const { message, pos } of withoutFollowing([...document.errors, ...document.warnings]))
    mistakes.add(lines.linePos(pos[0]), '', `must be YAML: ${message.split(/: |\n/)[0]}`);
  const { yaml } = document.directives;
  if (yaml.explicit === true && yaml.version !== '1.2')
    mistakes.add({ line: 1, col: 1 }, '', `must be YAML 1.2: value was ${yaml.version}`);
  mistakes.finish();
  return document;
}

/**
 * The tokens of a text up to very many errors. Composing them descends by recursion, where an overflow of the stack can
 * end the process, takes time by the square of the anchors, tags and directives in a row, and seconds for a text of
 * hardly anything but tokens: `stop` is called first, to throw.
 */
function* tokensOf(text: string, stop: (offset: number, what: string) => void): Generator<CST.Token> {
  const parser = new Parser();
  let errors = 0;
  let marks = 0;
  let lexemesLeft = MAX_LEXEMES;
  function* lexemes() {
    for (const lexeme of new Lexer().lex(text)) {
      if (/^[&!%]/.test(lexeme)) marks += 1;
      else if (lexeme.trim() !== '') marks = 0;
      if (marks > MAX_MARKS) stop(parser.offset, 'must have at most one anchor and one tag for a value');
      lexemesLeft -= 1;
      if (lexemesLeft < 0) stop(parser.offset, `must have at most ${MAX_LEXEMES} tokens`);
      yield* parser.next(lexeme);
      if (parser.stack.length > MAX_DEPTH) stop(parser.offset, 'is nested too deeply');
    }
    yield* parser.end();
  }
  for (const token of lexemes()) {
    if (token.type === 'error' && ++errors > MAX_ERRORS) return;
    yield token;
  }
}

/** The parser's own count misses lines after an error. */
function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  for (let at = 0; at !== 0 || lines.lineStarts.length === 0; at = text.indexOf('\n', at) + 1)
    lines.addNewLine(at);
  return lines;
}

/** Where one token is unexpected, so are many that follow it. */
function withoutFollowing<T extends { readonly code: string }>(problems: readonly T[]): T[] {
  const first = problems.find(({ code }) => code === 'UNEXPECTED_TOKEN');
  return problems.filter((one) => one === first || one.code !== 'UNEXPECTED_TOKEN');
}

function repeatedKeys({ items }: YAMLMap): unknown[] {
  const names = new Set<unknown>();
  return items.flatMap(({ key }) => {
    const name = isScalar(key) ? key.value : key;
    const repeated = names.has(name);
    names.add(name);
    return repeated ? [key] : [];
  });
}

/**
 * What each alias stands for. Aliases within what aliases stand for grow by powers: such a file is refused, and so
 * are two keys of one name, which the parser would compare each with each.
 */
function resolveAliases(
  document: Document,
  lines: LineCounter,
  mistakes: Mistakes,
): ReadonlyMap<Alias, Node | null> {
  const anchors = new Map<string, Node>();
  const aliases = new Map<Alias, Node | null>();
  const refuse = (node: unknown, what: string) =>
    mistakes.add(lines.linePos((node as Node | null)?.range?.[0] ?? 0), '', what);
  visit(document, (_, node) => {
    if (isAlias(node)) aliases.set(node, anchors.get(node.source) ?? null);
    else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isMap(node)) for (const key of repeatedKeys(node)) refuse(key, 'Map keys must be unique');
    return aliases.size > MAX_ALIASES ? visit.BREAK : undefined;
  });
  const last = [...aliases.keys()].at(-1);
  if (aliases.size > MAX_ALIASES) refuse(last, `must hold at most ${MAX_ALIASES} aliases`);
  mistakes.finish();
  if (aliases.size === 0) return aliases;
  try {
    document.toJS({ maxAliasCount: MAX_ALIASES_OF_ONE });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    // Without the name of the alias: a secret that begins with "*" is taken for one.
    refuse(last, `must hold aliases that stand for little: ${messageOf(error).split(': ')[0]}`);
  }
  mistakes.finish();
  return aliases;
}
