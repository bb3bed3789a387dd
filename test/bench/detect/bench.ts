import { ensemble } from '../../../shared/detection/ensemble.js';
import { labelledSeries } from '../../shared/detection/families/index.js';
import { scoreFamilies, scoresOf } from '../../shared/detection/families/score.js';
import { measureStage } from './memory.js';
import type { DetectBenchOptions } from './options.js';

/** Series that are only run to warm up the compiler. */
const WARM_UP = 16;
/** Not the seed on which anything was tuned. */
const SEED = 2026;

/** Detection: score by family, time and bytes. Always right: there is nothing to compare with. */
export async function runDetectBench({ perFamily, series }: DetectBenchOptions): Promise<boolean> {
  const stage = measureStage(series);
  const detector = ensemble();
  const all = labelledSeries(perFamily, SEED);
  for (const one of all.slice(0, WARM_UP)) scoresOf(one, detector);

  let spent = 0;
  const { score, families } = scoreFamilies(all, (one) => {
    const began = performance.now();
    const scores = scoresOf(one, detector);
    spent += performance.now() - began;
    return scores;
  });
  const points = all.reduce((sum, one) => sum + one.points.length, 0);
  const lines = [
    `${all.length} labelled series, ${points} points; each family with the threshold that is best for the others`,
    '',
    'family               score  windows  threshold',
    ...families.map(
      (family) =>
        `${family.name.padEnd(20)} ${family.score.toFixed(1).padStart(5)} ${String(family.windows).padStart(8)} ${family.threshold.toFixed(3).padStart(10)}`,
    ),
    `${'mean'.padEnd(20)} ${score.toFixed(1).padStart(5)}`,
    '',
    `${((1_000 * spent) / points).toFixed(2)} us per observation; ${detector.save(detector.initial()).length} bytes of state per series`,
    `${series} series in one worker's stage: ${stage.residentMb.toFixed(0)} MB resident, ${stage.windowsPerSecond.toFixed(0)} windows/s with decoding and changelog`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return true;
}
