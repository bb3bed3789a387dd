import { isoTime } from '../../../shared/core/iso-time.js';
import type { SourceEntry } from '../../sources/known-sources.js';
import { tableText } from './table.js';

const HEADINGS = ['stage', 'topic', 'partition', 'stream time', 'last said', 'state'];

/** Sources as a table. */
export function sourcesText(sources: readonly (SourceEntry & { readonly state: string })[]): string[] {
  if (sources.length === 0) return ['no worker has named a source'];
  const when = (at: number | null) => (at === null ? '-' : isoTime(at));
  return tableText([
    HEADINGS,
    ...sources.map(({ stage, topic, partition, time, saidAt, state }) => [
      ...[stage, topic, String(partition), when(time), when(saidAt), state],
    ]),
  ]);
}
