import { setImmediate as nextTurn } from 'node:timers/promises';
import { formatValue } from './promql/functions/numbers.js';
import type { Series } from './promql/model/series-source.js';

/** As many points are one piece: some 30 kB. */
const POINTS = 1_000;

/**
 * The text of an answer with series, piece by piece: as objects and as one text, a million points take a third of a gigabyte and keep
 * the process from others for a second.
 */
export async function* matrixText(
  series: readonly Series[],
  warnings: readonly string[],
): AsyncGenerator<string> {
  yield '{"status":"success","data":{"resultType":"matrix","result":[';
  for (const [s, { labels, times, values }] of series.entries()) {
    let text = `${s === 0 ? '' : ','}{"metric":${JSON.stringify(labels)},"values":[`;
    for (const [i, time] of times.entries()) {
      text += `${i === 0 ? '' : ','}[${time / 1_000},"${formatValue(values[i] ?? Number.NaN)}"]`;
      if (i % POINTS < POINTS - 1) continue;
      yield text;
      await nextTurn();
      text = '';
    }
    yield `${text}]}`;
  }
  const warned = warnings.length === 0 ? '' : `,"warnings":${JSON.stringify(warnings)}`;
  yield `]}${warned}}`;
}
