import { query } from '../../address/address.js';
import { Empty } from '../../parts/states.js';
import './explore.css';
import { Finder } from './finder.js';
import { MetricView } from './metric-view.js';
import { stateOf } from './state.js';

export default function Page() {
  const state = stateOf(query.value);
  const { metric } = state;
  return (
    <div class="explore" data-chosen={metric !== null}>
      <Finder chosen={metric} />
      {metric === null ? (
        <Empty title="Choose a metric">
          <p>Its series are drawn as they come, with what was expected of them.</p>
        </Empty>
      ) : (
        <MetricView key={metric} {...{ metric, state }} />
      )}
    </div>
  );
}
