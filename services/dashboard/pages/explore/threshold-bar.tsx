import { useState } from 'preact/hooks';
import { link, setQuery } from '../../address/address.js';
import type { ChartSeries } from '../../charts/series.js';
import { Button, IconButton } from '../../parts/button.js';
import { firstThreshold, newRule } from './rule-link.js';
import type { ExploreState } from './state.js';

interface ThresholdBarProps {
  readonly metric: string;
  readonly state: ExploreState;
  readonly series: readonly ChartSeries[];
}

/** A line at the height that matters, typed or dragged, and the rule that it makes. */
export function ThresholdBar({ metric, state, series }: ThresholdBarProps) {
  const { threshold, aggregation } = state;
  // What is typed stands there as it is, `1.` as well.
  const [typed, setTyped] = useState<string | null>(null);
  if (threshold === null)
    return (
      <Button icon="rules" onClick={() => setQuery({ threshold: firstThreshold(series), view: null })}>
        Make a rule
      </Button>
    );
  return (
    <span class="bar explore-threshold">
      <label>
        Alert at
        <input
          class="input"
          type="number"
          step="any"
          value={typed ?? threshold}
          onInput={({ currentTarget: { value } }) => {
            setTyped(value);
            if (value !== '') setQuery({ threshold: value }, { replace: true });
          }}
          onBlur={() => setTyped(null)}
        />
      </label>
      <a
        class="button is-primary"
        href={link('/rules/new', newRule({ metric, aggregation }, threshold, series))}
      >
        Make the rule
      </a>
      <IconButton icon="close" label="Take the line away" onClick={() => setQuery({ threshold: null })} />
    </span>
  );
}
