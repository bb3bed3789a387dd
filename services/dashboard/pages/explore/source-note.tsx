import type { MetricOverTime } from '../../api/operations.js';
import { lengthText } from '../../time/moment.js';

const SOURCES: Readonly<Record<string, string>> = {
  raw: 'single points',
  windows: 'windows of 10 s',
  '1m': 'roll-ups of 1 min',
  '1h': 'roll-ups of 1 h',
  '1d': 'roll-ups of 1 d',
};

/** What the figures were read from, and how fine they are. */
export function SourceNote({ answer }: { readonly answer: MetricOverTime }) {
  const { source, resolutionMs, series } = answer;
  return (
    <span class="card-note" data-source={source}>
      {series.length} series from {SOURCES[source] ?? source}
      {resolutionMs > 0 && `, a step each ${lengthText(resolutionMs)}`}
    </span>
  );
}
