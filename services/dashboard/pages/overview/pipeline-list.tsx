import { classes } from '../../parts/class-names.js';
import { Icon } from '../../parts/icon.js';
import { workerId } from './flow.js';
import { textOf } from './node-text.js';
import type { PipelineViewProps } from './pipeline-graph.js';

/** On a phone: workers in the order of the flow, with what they read and write. */
export function PipelineList({ flow, pipeline, path, chosen, onChoose }: PipelineViewProps) {
  return (
    <ol class="flow-list">
      {pipeline.workers.map(({ worker, reads, writes }) => {
        const id = workerId(worker);
        const node = flow.nodes.find((one) => one.id === id);
        if (node === undefined) return null;
        const text = textOf(node, pipeline, path.has(id));
        return (
          <li key={id}>
            <button
              type="button"
              class={classes('flow-row', path.has(id) && 'is-critical')}
              data-tone={text.tone}
              data-pressure={text.pressure}
              aria-pressed={chosen === id}
              aria-description={text.description}
              onClick={() => onChoose(chosen === id ? null : id)}
            >
              {text.icon !== null && <Icon name={text.icon} />}
              <strong>{worker}</strong>
              <span>{text.state}</span>
              <span>{text.lag}</span>
              <small>
                {reads.length > 0 && `${reads.slice(0, 3).join(', ')}${reads.length > 3 ? ' …' : ''} `}→
                {writes.length > 0 && ` ${writes.slice(0, 3).join(', ')}${writes.length > 3 ? ' …' : ''}`}
              </small>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
