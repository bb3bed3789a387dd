import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OffsetRange, ReadLog } from '../../../shared/ports/log.js';
import { type CommittedOffset, checkCommitted } from '../../../shared/runners/check-committed.js';

describe('what a group says to have committed', () => {
  const KNOWN = { partition: 2, offset: 40, next: 60, topicId: 'a', epoch: 3 };
  const LOG: OffsetRange = { start: 0, end: 100, topicId: 'a' };
  /** @param log as its leader says it who is asked for what the group has said to have read */
  const says = async (
    own: Partial<CommittedOffset>,
    offset: number | null,
    log: Partial<OffsetRange> = {},
    from: { readonly ours?: boolean; readonly topicId?: string } = {},
  ) => {
    const checkpoint = offset === null ? null : { offset, metadata: '', ours: true, topicId: 'a', ...from };
    const range = { ...LOG, ...log };
    const reader = {
      range: async (topic: string, partition: number, read?: ReadLog) => {
        assert.deepEqual([topic, partition, read], ['x.ingest.metrics', 2, own.known ?? KNOWN]);
        return range;
      },
    };
    const of = { groupId: 'x.ingest', topic: 'x.ingest.metrics', partition: 2, highest: { offset: 0 } };
    await checkCommitted(reader, { ...of, known: KNOWN, range, ...own, checkpoint });
  };
  const lost = { code: 'TACTUS_OFFSET_LOST', retriable: true };

  it('is taken where it is not behind what is known', async () => {
    await says({}, 40);
    await says({}, 41);
    await says({ known: null }, null);
    await says({ known: null }, 0);
  });

  it('is refused where it is older, or gone, with what to do', async () => {
    await assert.rejects(says({}, 39), lost);
    await assert.rejects(says({}, 39, { sharedEnd: 60 }), lost);
    await assert.rejects(says({}, null), {
      ...lost,
      message:
        /^the group x\.ingest has no committed offset of x\.ingest\.metrics\[2\], .* up to 60, .* --group x\.ingest --topic x\.ingest\.metrics:2 --reset-offsets --execute --to-offset 60; .* --to-earliest$/,
    });
    // Where the cluster gives topics no ids.
    await assert.rejects(says({ known: { partition: 2, offset: 40, next: 60, topicId: null } }, null), lost);
  });

  it('counts wherever it is, when an operator has set it', async () => {
    await says({}, 0, {}, { ours: false });
    await says({}, 39, {}, { ours: false });
  });

  it('may be forgotten with a topic that was deleted and created anew, however long that is', async () => {
    await says({}, null, { topicId: 'b' });
    await says({}, 5, { topicId: 'b' }, { topicId: 'b' });
    await says({}, 90, { topicId: 'b' });
  });

  it('is no other where it is of the topic before that which the group has read since', async () => {
    await assert.rejects(says({}, 90, {}, { topicId: 'before' }), lost);
    // It was not read yet.
    await says({ known: { ...KNOWN, offset: 0, next: 0 } }, 90, {}, { topicId: 'before' });
  });

  it('may be older where the log has lost the tail that the group had read, and has grown past it', async () => {
    await says({}, 30, { end: 59 });
    await says({}, 30, { sharedEnd: 59 });
    await says({}, null, { sharedEnd: 59 });
  });

  it('may be forgotten where nothing of it can come once more', async () => {
    await says({}, null, { start: 60 });
  });

  it('is needed where it is not known whether there was one', async () => {
    await says({ known: 'unknown' }, 0);
    await says({ known: 'unknown' }, null, { end: 0 });
    await assert.rejects(says({ known: 'unknown' }, null), { code: 'TACTUS_KAFKA_UNAVAILABLE' });
  });

  it('is refused while it is less than this process has committed', async () => {
    const unavailable = { code: 'TACTUS_KAFKA_UNAVAILABLE' };
    await assert.rejects(says({ highest: { offset: 41, topicId: 'a' } }, 40), unavailable);
    await assert.rejects(says({ highest: { offset: 1 }, known: null }, null), unavailable);
    await says({ highest: { offset: 41, topicId: 'before' }, known: null }, null);
  });
});
