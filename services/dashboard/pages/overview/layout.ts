import dagre from '@dagrejs/dagre';
import type { Flow, FlowEdge, FlowNode } from './flow.js';

export interface Placed extends FlowNode {
  /** Of its corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Drawn extends FlowEdge {
  /** Of an SVG path. */
  readonly path: string;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly Placed[];
  readonly edges: readonly Drawn[];
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const SIZES = { worker: { width: 124, height: 62 }, topic: { width: 100, height: 40 } } as const;
const MARGIN = 6;

/** From left to right, in the order of the flow. */
export function layoutOf({ nodes, edges }: Flow): Layout {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 20, edgesep: 8, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, kind } of nodes) graph.setNode(id, { ...SIZES[kind] });
  for (const { from, to, isAside } of edges) if (!isAside) graph.setEdge(from, to);
  dagre.layout(graph);
  const placed = nodes.map((node): Placed => {
    const { x, y, width, height } = graph.node(node.id);
    return { ...node, width, height, x: x - width / 2, y: y - height / 2 };
  });
  const byId = new Map(placed.map((node) => [node.id, node]));
  const { width = 0, height = 0 } = graph.graph();
  return {
    ...{ width, height, nodes: placed },
    edges: edges.map((edge) => {
      const [from, to] = [byId.get(edge.from) as Placed, byId.get(edge.to) as Placed];
      const [first, last] = [
        { x: from.x + from.width, y: from.y + from.height / 2 },
        { x: to.x, y: to.y + to.height / 2 },
      ];
      const between = edge.isAside ? [] : graph.edge(edge.from, edge.to).points.slice(1, -1);
      return { ...edge, path: curve([first, ...between, last]) };
    }),
  };
}

/** Through all places, level at each of them. */
export function curve(places: readonly Place[]): string {
  return places
    .map(({ x, y }, i) => {
      const before = places[i - 1];
      if (before === undefined) return `M${round(x)} ${round(y)}`;
      const middle = round((before.x + x) / 2);
      return `C${middle} ${round(before.y)} ${middle} ${round(y)} ${round(x)} ${round(y)}`;
    })
    .join('');
}

const round = (value: number): number => Math.round(value * 10) / 10;
