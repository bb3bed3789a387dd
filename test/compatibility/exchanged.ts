import { RedisQuotas } from '../../shared/adapters/redis/quota-store.js';
import { countedMarks } from '../../shared/security/counted-mark.js';
import { decodeProgress, encodeProgress, type ProgressRecord } from '../../shared/wire/progress-record.js';
import {
  decodeTimeNotes,
  encodeTimeNote,
  encodeTimeNotes,
  TIME_HEADER,
  type TimeNote,
} from '../../shared/wire/time-note.js';
import { START } from './scenario.js';

const POINTS: TimeNote = {
  ...{ stage: 'ingest', topic: 'ingest.metrics', partitions: 4 },
  times: [
    { partition: 0, time: START, atEnd: false },
    { partition: 2, time: null, atEnd: true },
    { partition: 3, time: START + 7, atEnd: true, empty: true },
  ],
};
const EVENTS: TimeNote = {
  ...{ stage: 'ingest', topic: 'ingest.events', partitions: 1 },
  times: [{ partition: 0, time: START - 9, atEnd: true }],
};
const PROGRESS: ProgressRecord = {
  ...{ note: POINTS, output: 'metrics', upTo: [0, 17] },
  committed: [
    { partition: 0, offset: 3, next: 5, topicId: 'o1Zy', epoch: 2 },
    { partition: 2, offset: 0, next: 0, topicId: null },
  ],
};

/**
 * What workers that run at the same time exchange, and do not keep: while an installation is upgraded, or goes back, those of
 * one build read what those of the other one write.
 */
export async function exchanged(): Promise<Record<string, unknown>> {
  const notes = [encodeTimeNote(null), encodeTimeNotes([POINTS]), encodeTimeNotes([POINTS, EVENTS])];
  return {
    'header of times': TIME_HEADER,
    'times in it': notes.map((each) => each.toString('hex')),
    'times, read': notes.map((each) => decodeTimeNotes(each)),
    'progress of a worker': encodeProgress(PROGRESS).toString(),
    'progress, read': decodeProgress(encodeProgress(PROGRESS)),
    'mark of what the gateway has counted': countedMarks('a secret')('acme').toString('hex'),
    'what a quota asks of Redis': await askedOfRedis(),
  };
}

async function askedOfRedis(): Promise<unknown> {
  const asked: unknown[] = [];
  const redis = {
    status: 'ready',
    defineCommand: () => {},
    takeQuota: async (...args: unknown[]) => {
      asked.push(args);
      return ['1', '2', '3', '4'];
    },
  };
  const options = { prefix: 'tactus:p.', timeoutMs: 1_000, now: () => START };
  const quotas = new RedisQuotas(redis as unknown as ConstructorParameters<typeof RedisQuotas>[0], options);
  const rate = { perSecond: 100, burstS: 2 };
  const granted = await quotas.take(
    (['token-bucket', 'sliding-window', 'fixed-window', 'leaky-bucket'] as const).map((algorithm) => ({
      ...{ id: 'acme:points', algorithm, rate },
      ...{ least: 1, want: 10 },
    })),
  );
  return { asked, granted };
}
