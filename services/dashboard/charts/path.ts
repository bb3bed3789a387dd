import type { ChartPoint } from './series.js';

/** An SVG path of a course that fills a box; it is broken where there are no points. */
export function pathOf(points: readonly ChartPoint[], width: number, height: number): string {
  const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
  const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const x = (time: number) => (last === first ? width / 2 : ((time - first) / (last - first)) * width);
  const y = (value: number) =>
    most === least ? height / 2 : height - ((value - least) / (most - least)) * height;
  let isDown = false;
  return points
    .map(([time, value]) => {
      if (value === null) {
        isDown = false;
        return '';
      }
      const step = `${isDown ? 'L' : 'M'}${x(time).toFixed(2)} ${y(value).toFixed(2)}`;
      isDown = true;
      return step;
    })
    .join('');
}
