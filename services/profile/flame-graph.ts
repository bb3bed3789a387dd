import { TactusError } from '../../shared/core/errors.js';

/** A function in the place of the stack where it was called. */
export interface Frame {
  readonly name: string;
  /** Samples or bytes of its own. */
  self: number;
  readonly children: Frame[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}
interface CpuProfile {
  readonly nodes: readonly { id: number; callFrame: CallFrame; hitCount?: number; children?: number[] }[];
}
interface HeapNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

const WIDTH = 1_200;
const ROW = 17;
const CHARACTER = 6.6;
/** Narrower ones cannot be seen. */
const MIN_WIDTH = 0.4;
const MAX_DEPTH = 120;

/** Reads `.cpuprofile` and `.heapprofile`. */
export function framesOf(json: string): Frame {
  const profile = JSON.parse(json) as Partial<CpuProfile> & { head?: HeapNode };
  if (profile.head !== undefined) return ofHeap(profile.head);
  const nodes = new Map((profile.nodes ?? []).map((node) => [node.id, node]));
  const frameOf = (id: number): Frame => {
    const node = nodes.get(id);
    if (node === undefined)
      throw new TactusError('TACTUS_INVARIANT', 'the profile names a node that it lacks');
    return {
      name: nameOf(node.callFrame),
      self: node.hitCount ?? 0,
      children: (node.children ?? []).map(frameOf),
    };
  };
  const [root] = nodes.keys();
  return root === undefined ? { name: '(root)', self: 0, children: [] } : frameOf(root);
}

/** Draws a profile: width is what was used, and who is called stands below the caller. The whole text shows on hovering. */
export function flameGraph(root: Frame): string {
  const sizes = new Map<Frame, number>();
  const sizeOf = (frame: Frame): number => {
    const size = frame.children.reduce((sum, child) => sum + sizeOf(child), frame.self);
    sizes.set(frame, size);
    return size;
  };
  const whole = Math.max(1, sizeOf(root));
  const boxes: string[] = [];
  let deepest = 0;
  const draw = (frame: Frame, x: number, depth: number): void => {
    const size = sizes.get(frame) ?? 0;
    const width = (WIDTH * size) / whole;
    if (width < MIN_WIDTH || depth > MAX_DEPTH) return;
    deepest = Math.max(deepest, depth);
    const fits = Math.floor((width - 4) / CHARACTER);
    const label =
      frame.name.length <= fits ? frame.name : fits > 3 ? `${frame.name.slice(0, fits - 1)}…` : '';
    const share = `${((100 * size) / whole).toFixed(1)} %`;
    boxes.push(
      `<g><title>${escaped(frame.name)}: ${share}</title><rect x="${x.toFixed(1)}" y="${depth * ROW}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colourOf(frame.name)}"/><text x="${(x + 2).toFixed(1)}" y="${depth * ROW + 12}">${escaped(label)}</text></g>`,
    );
    let at = x;
    for (const child of frame.children) {
      draw(child, at, depth + 1);
      at += (WIDTH * (sizes.get(child) ?? 0)) / whole;
    }
  };
  draw(root, 0, 0);
  const height = (deepest + 1) * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">\n${boxes.join('\n')}\n</svg>\n`;
}

function ofHeap({ callFrame, selfSize, children }: HeapNode): Frame {
  return { name: nameOf(callFrame), self: selfSize, children: children.map(ofHeap) };
}

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
}

function colourOf(name: string): string {
  let hash = 0;
  for (const character of name) hash = (31 * hash + (character.codePointAt(0) ?? 0)) % 997;
  return `hsl(${20 + (hash % 40)} 85% ${60 + (hash % 15)}%)`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
