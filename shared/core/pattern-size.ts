/** A part of a pattern: the instructions of what is read of it so far, and of its last item, which may be repeated. */
interface Part {
  total: number;
  last: number;
}

const REPEAT = /\{(\d+)(?:,(\d*))?\}/y;
const CLASS = /\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]?/sy;
const ESCAPE = /\\(?:[pP](?:\{[^}]*\}|.)|x\{[^}]*\}|x..|.)/suy;
const QUOTED = /\\Q(.*?)(?:\\E|$)/sy;
const GROUP = /\((?:\?(?:P?<\w*>|[a-zA-Z-]*[:)]))?/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/**
 * About how many instructions a regular expression in RE2's syntax makes, in time linear in its length: repeats of repeats multiply,
 * and compiling half a million instructions takes a quarter of a minute.
 */
export function estimatedSize(source: string): number {
  const open: Part[] = [];
  let part: Part = { total: 0, last: 0 };
  const item = (size: number) => {
    part.total += part.last;
    part.last = size;
  };
  for (let at = 0; at < source.length; ) {
    const found = readAt(source, at);
    at += found.length;
    if (found.kind === 'open') {
      open.push(part);
      part = { total: 0, last: 0 };
    } else if (found.kind === 'close') {
      const inner = part.total + part.last + 2;
      part = open.pop() ?? { total: 0, last: 0 };
      item(inner);
    } else if (found.kind === 'repeat') part.last = part.last * found.times + 1;
    else item(found.size);
  }
  for (let outer = open.pop(); outer !== undefined; outer = open.pop())
    part = { total: outer.total + outer.last + part.total, last: part.last };
  return part.total + part.last;
}

type Found = { readonly length: number } & (
  | { readonly kind: 'open' }
  | { readonly kind: 'close' }
  | { readonly kind: 'repeat'; readonly times: number }
  | { readonly kind: 'item'; readonly size: number }
);

function readAt(source: string, at: number): Found {
  switch (source[at]) {
    case '\\': {
      const quoted = matchAt(QUOTED, source, at);
      if (quoted !== null) return { kind: 'item', length: quoted[0].length, size: quoted[1]?.length ?? 0 };
      return { kind: 'item', length: matchAt(ESCAPE, source, at)?.[0].length ?? 1, size: 1 };
    }
    case '[':
      return { kind: 'item', length: matchAt(CLASS, source, at)?.[0].length ?? 1, size: 1 };
    case '(': {
      const group = matchAt(GROUP, source, at)?.[0] ?? '(';
      // Flags for what follows, such as (?i), make no group.
      return group.endsWith(')')
        ? { kind: 'item', length: group.length, size: 0 }
        : { kind: 'open', length: group.length };
    }
    case ')':
      return { kind: 'close', length: 1 };
    case '*':
    case '+':
    case '?':
      return { kind: 'repeat', length: 1, times: 1 };
    case '{': {
      const [repeat, least, most] = matchAt(REPEAT, source, at) ?? [];
      if (repeat === undefined) return { kind: 'item', length: 1, size: 1 };
      return { kind: 'repeat', length: repeat.length, times: Math.max(1, Number(most || least)) };
    }
    default:
      return { kind: 'item', length: 1, size: 1 };
  }
}
