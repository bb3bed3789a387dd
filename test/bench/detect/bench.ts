import { ensemble } from '../../../shared/detection/ensemble.js';
import { seedsOf } from '../../shared/detection/events/index.js';
import { labelledSeries } from '../../shared/detection/families/index.js';
import { scoresOf } from '../../shared/detection/families/score.js';
import { figuresOf } from './figures.js';
import { measureStage } from './memory.js';
import type { DetectBenchOptions } from './options.js';
import { linesOf } from './table.js';

/** Detection: what it finds, time and bytes. Always right: there is nothing to compare with. */
export async function runDetectBench({ seeds, sets, series }: DetectBenchOptions): Promise<boolean> {
  const stage = series > 0 ? measureStage(series) : null;
  const detector = ensemble();
  // For the compiler.
  for (const one of labelledSeries(1, 1)) scoresOf(one, detector);
  for (const set of sets)
    process.stdout.write(`${linesOf(set, figuresOf(detector, seedsOf(set, seeds))).join('\n')}\n`);
  process.stdout.write(`${detector.save(detector.initial()).length} bytes of state per series\n`);
  if (stage !== null)
    process.stdout.write(
      `${series} series in one worker's stage: ${stage.residentMb.toFixed(0)} MB resident, ${stage.windowsPerSecond.toFixed(0)} windows/s with decoding and changelog\n`,
    );
  return true;
}
