import type { ChartPoint } from '../../charts/series.js';
import { Sparkline } from '../../charts/sparkline.js';
import { lagOf, type Pipeline, rateText, secondsText } from './flow.js';
import { courseOf, pointsPerSecond, samples } from './samples.js';

/** What goes through the pipeline, in a line of figures. */
export function Tiles({ pipeline }: { readonly pipeline: Pipeline | null }) {
  const known = samples.value;
  return (
    <dl class="overview-tiles">
      <Tile
        name="Points"
        value={pipeline === null ? null : pointsPerSecond(pipeline)}
        text={rateText}
        unit="/s"
        points={courseOf(known, pointsPerSecond)}
      />
      <Tile
        name="Windows"
        value={pipeline === null ? null : windowsPerSecond(pipeline)}
        text={rateText}
        unit="/s"
        points={courseOf(known, windowsPerSecond)}
      />
      <Tile
        name="Lag"
        value={pipeline === null ? null : worstLag(pipeline)}
        text={secondsText}
        unit=""
        points={courseOf(known, worstLag)}
      />
      <Tile
        name="Watermark behind"
        value={pipeline?.watermark.delaySeconds ?? null}
        text={secondsText}
        unit=""
        points={courseOf(known, ({ watermark }) => watermark.delaySeconds)}
      />
    </dl>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: number | null;
  readonly text: (value: number) => string;
  readonly unit: string;
  readonly points: readonly ChartPoint[];
}

function Tile({ name, value, text, unit, points }: TileProps) {
  return (
    <div class="overview-tile">
      <dt>{name}</dt>
      <dd>
        <strong>{value === null ? '–' : text(value)}</strong>
        {value !== null && unit !== '' && <small>{unit}</small>}
      </dd>
      <dd class="overview-tile-course">
        {points.length > 1 && <Sparkline name={`${name} over the last minutes`} points={points} />}
      </dd>
    </div>
  );
}

const windowsPerSecond = ({ topics }: Pipeline): number | null =>
  topics.find(({ topic }) => topic === 'windows')?.writtenPerSecond ?? null;

const worstLag = ({ workers }: Pipeline): number | null => {
  const all = workers.flatMap((worker) => lagOf(worker).seconds ?? []);
  return all.length === 0 ? null : Math.max(...all);
};
