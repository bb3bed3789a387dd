import { query, setQuery } from '../../address/address.js';
import type { Resource } from '../../api/resource.js';
import { Sparkline } from '../../charts/sparkline.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Icon } from '../../parts/icon.js';
import { Empty, Loaded, Skeleton } from '../../parts/states.js';
import { useMedia } from '../../parts/use-media.js';
import { clockText } from '../../time/format.js';
import { zone } from '../../time/zone.js';
import { criticalPath, criticalText, flowOf, type Pipeline } from './flow.js';
import { NodeDetails } from './node-details.js';
import { PipelineGraph } from './pipeline-graph.js';
import { PipelineList } from './pipeline-list.js';
import { courseOf, sampleAt, samples } from './samples.js';

const WIDE = window.matchMedia('(min-width: 60rem)');

/** The pipeline as it is, or was at a moment of the last minutes. */
export function PipelineCard({ of }: { readonly of: Resource<Pipeline> }) {
  const isWide = useMedia(WIDE);
  const node = query.value.get('node');
  const at = Number(query.value.get('at') ?? Number.NaN);
  const known = samples.value;
  const shown = Number.isNaN(at) ? null : sampleAt(known, at);
  const choose = (id: string | null) => setQuery({ node: id }, { replace: node !== null && id !== null });
  return (
    <Card title="Pipeline" note="of all tenants" actions={<Legend />}>
      <Loaded
        of={of}
        loading={<Skeleton lines={1} height="16rem" />}
        isEmpty={({ workers }) => workers.length === 0}
        empty={<Empty title="No worker is declared" />}
      >
        {(newest) => {
          const pipeline = shown ?? newest;
          const flow = flowOf(pipeline);
          const path = criticalPath(pipeline);
          const chosen = flow.nodes.find(({ id }) => id === node) ?? null;
          const View = isWide ? PipelineGraph : PipelineList;
          return (
            <div class="stack">
              <View {...{ flow, pipeline, path }} chosen={chosen?.id ?? null} onChoose={choose} />
              {chosen !== null && (
                <NodeDetails {...{ pipeline, known }} node={chosen} onClose={() => choose(null)} />
              )}
              <p class="flow-critical">
                <Icon name="clock" />
                <span>{criticalText(pipeline)}</span>
              </p>
              <Moments known={known} at={shown === null ? null : Date.parse(pipeline.sampledAt)} />
            </div>
          );
        }}
      </Loaded>
    </Card>
  );
}

/** A moment is chosen with a slider; its right end is what is live. */
function Moments({ known, at }: { readonly known: readonly Pipeline[]; readonly at: number | null }) {
  if (known.length < 2) return null;
  const times = known.map(({ sampledAt }) => Date.parse(sampledAt));
  const last = times.length - 1;
  const place =
    at === null
      ? last
      : Math.max(
          0,
          times.findLastIndex((time) => time <= at),
        );
  const isLive = at === null;
  const said = isLive ? 'live' : clockText(at, zone.value);
  return (
    <div class="flow-moments">
      <div class="flow-delay">
        <Sparkline
          name="Watermark delay over the last minutes"
          points={courseOf(known, ({ watermark }) => watermark.delaySeconds)}
        />
      </div>
      <label class="bar">
        <span class="card-note">Moment</span>
        <input
          type="range"
          class="flow-slider"
          min={0}
          max={last}
          value={place}
          aria-label="Moment of the pipeline"
          aria-valuetext={said}
          onInput={({ currentTarget }) => {
            const chosen = Number(currentTarget.value);
            // A step back leads to what was live, not through all that the slider has gone over.
            setQuery({ at: chosen === last ? null : (times[chosen] ?? null) }, { replace: !isLive });
          }}
        />
        <output class="flow-at">{said}</output>
      </label>
      {!isLive && (
        <Button isSmall icon="play" onClick={() => setQuery({ at: null })}>
          Back to live
        </Button>
      )}
      <span class="card-note">
        kept since {clockText(times[0] ?? 0, zone.value)}, while this page is open
      </span>
    </div>
  );
}

function Legend() {
  return (
    <ul class="flow-legend" aria-label="Colours">
      <li>
        <i data-pressure="calm" /> keeps up
      </li>
      <li>
        <i data-pressure="busy" /> 5 s behind or more
      </li>
      <li>
        <i data-pressure="behind" /> 30 s or more
      </li>
      <li>
        <i data-pressure="critical" /> the watermark waits here
      </li>
    </ul>
  );
}
