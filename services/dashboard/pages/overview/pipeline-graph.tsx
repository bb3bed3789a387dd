import { useEffect, useMemo, useState } from 'preact/hooks';
import { classes } from '../../parts/class-names.js';
import { Skeleton } from '../../parts/states.js';
import { edgeRate, type Flow, type Pipeline } from './flow.js';
import type { Layout, layoutOf, Placed } from './layout.js';
import { type NodeText, textOf } from './node-text.js';

export interface PipelineViewProps {
  readonly flow: Flow;
  readonly pipeline: Pipeline;
  /** Ids of the nodes that the watermark waits for. */
  readonly path: ReadonlySet<string>;
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
}

/** From left to right: topics, and the workers between them. */
export function PipelineGraph({ flow, pipeline, path, chosen, onChoose }: PipelineViewProps) {
  const layout = useLayout(flow);
  const [hovered, setHovered] = useState<string | null>(null);
  if (layout === null) return <Skeleton lines={1} height="16rem" />;
  const near = hovered ?? chosen;
  return (
    <div class="flow-graph">
      {/* biome-ignore lint/a11y/useSemanticElements: there is no element for a group in SVG */}
      <svg
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        role="group"
        aria-label="Topics and the workers between them"
        style={{ maxWidth: `${layout.width * 1.25}px` }}
      >
        {layout.edges.map((edge) => {
          const isNear = edge.from === near || edge.to === near;
          if (edge.isAside && !isNear) return null;
          const isCritical = path.has(edge.from) && path.has(edge.to);
          return (
            <path
              key={`${edge.from} ${edge.to}`}
              class={classes('flow-edge', isNear && 'is-near', isCritical && 'is-critical')}
              d={edge.path}
              style={{ strokeWidth: widthOf(edgeRate(edge, pipeline)) }}
            />
          );
        })}
        {layout.nodes.map((node) => (
          <Node
            key={node.id}
            {...{ node, onChoose }}
            text={textOf(node, pipeline, path.has(node.id))}
            isCritical={path.has(node.id)}
            isChosen={chosen === node.id}
            onHover={setHovered}
          />
        ))}
      </svg>
    </div>
  );
}

interface NodeProps {
  readonly node: Placed;
  readonly text: NodeText;
  readonly isCritical: boolean;
  readonly isChosen: boolean;
  readonly onChoose: (id: string | null) => void;
  readonly onHover: (id: string | null) => void;
}

function Node({ node, text, isCritical, isChosen, onChoose, onHover }: NodeProps) {
  const { id, kind, name, x, y, width, height } = node;
  const press = () => onChoose(isChosen ? null : id);
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no button in SVG
    <g
      class={classes('flow-node', `is-${kind}`, isCritical && 'is-critical', isChosen && 'is-chosen')}
      data-node={id}
      data-tone={text.tone}
      data-pressure={text.pressure}
      transform={`translate(${x} ${y})`}
      role="button"
      tabIndex={0}
      aria-pressed={isChosen}
      // Its name is what is written on it.
      aria-description={text.description}
      onClick={press}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        press();
      }}
      onMouseEnter={() => onHover(id)}
      onMouseLeave={() => onHover(null)}
      onFocus={() => onHover(id)}
      onBlur={() => onHover(null)}
    >
      <rect class="flow-box" width={width} height={height} rx={kind === 'topic' ? height / 2 : 8} />
      {kind === 'topic' ? (
        <>
          <text class="flow-name" x={width / 2} y={text.state === '' ? 24 : 17}>
            {`${name} `}
          </text>
          <text class="flow-figure" x={width / 2} y={31}>
            {text.state}
          </text>
        </>
      ) : (
        <>
          <rect class="flow-pressure" x={0} y={10} width={3.5} height={height - 20} rx={1.75} />
          <HealthMark tone={text.tone} x={width - 17} />
          <text class="flow-name" x={13} y={20}>
            {`${name} `}
          </text>
          <text class="flow-figure" x={13} y={37}>
            {`${text.state} `}
          </text>
          <text class={classes('flow-figure', text.isBottleneck && 'is-strong')} x={13} y={52}>
            {text.lag}
          </text>
        </>
      )}
    </g>
  );
}

const MARKS = {
  ok: 'M-4 0l3 3 5-6',
  warn: 'M0 -4v4M0 3.5v.01',
  bad: 'M-3.5 -3.5l7 7M3.5 -3.5l-7 7',
  plain: 'M-3 0h6',
  accent: 'M-3 0h6',
} as const;

/** How a worker is, by form as well as by colour. */
function HealthMark({ tone, x }: { readonly tone: keyof typeof MARKS; readonly x: number }) {
  return (
    <g class="flow-health" transform={`translate(${x} 16)`}>
      <circle r={8} />
      <path d={MARKS[tone]} />
    </g>
  );
}

/** Edges grow with the logarithm: a topic with a hundred times as much is not a hundred times as thick. */
function widthOf(rate: number | null): string {
  return `${(1 + Math.log10(1 + (rate ?? 0)) * 0.9).toFixed(2)}px`;
}

/** What computes it comes when it is needed; it is computed anew only where the nodes are others. */
function useLayout(flow: Flow): Layout | null {
  const [compute, setCompute] = useState<{ readonly of: typeof layoutOf } | null>(null);
  useEffect(() => {
    void import('./layout.js').then(({ layoutOf: of }) => setCompute({ of }));
  }, []);
  return useMemo(() => compute?.of(flow) ?? null, [compute, JSON.stringify(flow)]);
}
