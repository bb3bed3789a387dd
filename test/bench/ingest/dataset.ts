import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../stand.js';
import { startFilling } from '../windowing/dataset.js';

const SERIES = 1_000;

/** A filled topic `<prefix>ingest.metrics`, and what must become of its records. */
export interface RawPoints {
  readonly prefix: string;
  readonly topic: string;
  readonly records: number;
  readonly valid: number;
  readonly invalid: number;
  readonly duplicates: number;
}

export async function fillRaw(bench: Bench, points: number): Promise<RawPoints> {
  const prefix = `bench-raw-${points}.`;
  const topic = `${prefix}ingest.metrics`;
  const notes = join(bench.dataDir, `${prefix}json`);
  if (!existsSync(notes)) {
    const filling = await startFilling(bench, topic, points, SERIES, { faults: true });
    const [, json] = await filling.line(/^(\{"points".*\})$/);
    await filling.exited;
    writeFileSync(notes, json as string);
    bench.progress(`filled ${topic} with ${points} points`);
  }
  const { records } = JSON.parse(readFileSync(notes, 'utf8')) as { records: number };
  const [invalid, duplicates] = [Math.floor((points + 49) / 100), Math.floor(points / 100)];
  return { prefix, topic, records, invalid, duplicates, valid: records - invalid - duplicates };
}
