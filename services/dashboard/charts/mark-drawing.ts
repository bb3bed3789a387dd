import uPlot from 'uplot';
import type { Colours } from './colours.js';
import type { ChartMark } from './series.js';

const RADIUS = 4;
const TICK = 7;
/** More cannot be distinguished, and each takes time. */
const MOST = 500;

/** Anomalies on the line, and where data came late or was corrected at the lower edge. */
export function drawMarks(plot: uPlot, marks: readonly ChartMark[], colours: Colours): void {
  const { ctx, bbox, scales } = plot;
  const { min = 0, max = 0 } = scales.x as uPlot.Scale;
  const ratio = uPlot.pxRatio;
  const visible = marks.filter(({ start, end }) => end / 1_000 >= min && start / 1_000 <= max).slice(-MOST);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const mark of visible) {
    const x = plot.valToPos(mark.start / 1_000, 'x', true);
    if (mark.kind === 'late' || mark.kind === 'corrected') {
      const bottom = bbox.top + bbox.height;
      ctx.fillStyle = mark.kind === 'late' ? colours.late : colours.ink;
      ctx.beginPath();
      ctx.moveTo(x - TICK * ratio * 0.6, bottom);
      ctx.lineTo(x + TICK * ratio * 0.6, bottom);
      ctx.lineTo(x, bottom - TICK * ratio);
      ctx.fill();
      continue;
    }
    ctx.fillStyle = colours.anomaly;
    ctx.globalAlpha = 0.1;
    const right = plot.valToPos(mark.end / 1_000, 'x', true);
    ctx.fillRect(x, bbox.top, Math.max(ratio, right - x), bbox.height);
    ctx.globalAlpha = 1;
    if (mark.value === undefined) continue;
    ctx.beginPath();
    ctx.arc(x, plot.valToPos(mark.value, 'y', true), RADIUS * ratio, 0, 2 * Math.PI);
    ctx.fillStyle = colours.surface;
    ctx.fill();
    ctx.strokeStyle = colours.anomaly;
    ctx.lineWidth = 2 * ratio;
    ctx.stroke();
  }
  ctx.restore();
}
