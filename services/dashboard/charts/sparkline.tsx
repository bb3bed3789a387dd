import './chart.css';
import { pathOf } from './path.js';
import type { ChartPoint } from './series.js';

const WIDTH = 100;
const HEIGHT = 30;

/** The course of a figure, without axes. @param name what it shows, for those who do not see it */
export function Sparkline({
  name,
  points,
}: {
  readonly name: string;
  readonly points: readonly ChartPoint[];
}) {
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={name}
    >
      <path d={pathOf(points, WIDTH, HEIGHT)} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
