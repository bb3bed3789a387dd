/** The little that the bridge has to know of a SQL text: how its statements begin, and COPY's direction. */

/** What a text contains that concerns the shared session. */
export interface SqlTraits {
  /** A `COPY … FROM STDIN`, which the WebAssembly build does not survive. */
  readonly copiesFromStdin: boolean;
  /** May change settings of the session: SET, RESET, DISCARD or a `set_config(…)` that is not for its transaction alone. */
  readonly setsSettings: boolean;
}

const NONE: SqlTraits = { copiesFromStdin: false, setsSettings: false };
const WORTH_A_LOOK = /\bstdin\b|\bset\b|\breset\b|\bdiscard\b|set_config/i;
/** Ends with its transaction, so that nobody has to read the session's settings for it. Literals alone: of others the last may be false. */
const LOCAL_SETTING = /\bset_config\(\s*'(?:[^']|'')*'\s*,\s*'(?:[^']|'')*'\s*,\s*true\s*\)/gi;
const SETTING_WORDS = new Set(['SET', 'RESET', 'DISCARD']);

/** Words, statement ends and brackets; comments, strings and quoted names are stepped over. */
const TOKENS =
  /--[^\n]*|\/\*|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[;()]/g;

/** Reads a text of one or more statements; cheap for those that cannot be of interest. */
export function sqlTraits(text: string): SqlTraits {
  if (!WORTH_A_LOOK.test(text)) return NONE;
  const sql = text.replace(LOCAL_SETTING, ' ');
  if (!WORTH_A_LOOK.test(sql)) return NONE;
  let first = '';
  let previous = '';
  let depth = 0;
  let copiesFromStdin = false;
  let setsSettings = false;
  for (const token of tokens(sql)) {
    if (token === ';') {
      first = '';
      previous = '';
      depth = 0;
      continue;
    }
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (first === '') first = token;
    if (token === 'SET_CONFIG' || SETTING_WORDS.has(first)) setsSettings = true;
    if (first === 'COPY' && depth === 0 && previous === 'FROM' && token === 'STDIN') copiesFromStdin = true;
    previous = token;
  }
  return { copiesFromStdin, setsSettings };
}

function* tokens(sql: string): Generator<string> {
  const scan = new RegExp(TOKENS);
  for (let match = scan.exec(sql); match !== null; match = scan.exec(sql)) {
    const token = match[0];
    const start = token[0] ?? '';
    if (token === '/*') scan.lastIndex = endOfComment(sql, scan.lastIndex);
    else if (start === '$') {
      const end = sql.indexOf(token, scan.lastIndex);
      scan.lastIndex = end < 0 ? sql.length : end + token.length;
    } else if (/[;()]/.test(start)) yield token;
    else if (/[^\s'"-]/.test(start) && !token.endsWith("'")) yield token.toUpperCase();
  }
}

/** Comments of this kind nest. */
function endOfComment(sql: string, from: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  let open = 1;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    open += mark[0] === '/*' ? 1 : -1;
    if (open === 0) return marks.lastIndex;
  }
  return sql.length;
}
