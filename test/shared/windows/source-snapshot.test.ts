import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MAX_DEFINITIONS, roomForSources, writePosition } from '../../../shared/windows/position.js';
import { SourceTimes } from '../../../shared/windows/source-times.js';
import type { TimeNote } from '../../../shared/wire/time-note.js';

const options = { idleTimeoutMs: 5_000, holdMs: 60_000 };
const NOW = 1_800_000_000_000;
/** What a broker takes (`offset.metadata.max.bytes`). */
const METADATA_BYTES = 4_096;

function noteOf(partitions: number, timeOf: (partition: number) => number | null, atEnd = false): TimeNote {
  const times = Array.from({ length: partitions }, (_, partition) => ({
    ...{ partition, time: timeOf(partition), atEnd },
  }));
  return { stage: 'ingest', topic: 'ingest.metrics', partitions, times };
}

/** Many sources, each at another time and behind for another while: the longest numbers that are likely. */
function busy(partitions: number): SourceTimes {
  const sources = new SourceTimes({ ...options, holdMs: 600_000 });
  for (let minute = 0; minute < 11; minute++)
    sources.takeNotes(
      [noteOf(partitions, (i) => NOW + Math.max(0, minute - (i % 12)) * 60_000 + i * 7_919)],
      NOW + minute * 60_000,
    );
  return sources;
}

describe('what a checkpoint keeps of the sources of time', () => {
  it('fits into the metadata of an offset, beside any definitions', () => {
    const sources = busy(256);
    for (const definitions of [1, 40, MAX_DEFINITIONS]) {
      const since = Object.fromEntries(
        Array.from({ length: definitions }, (_, i) => [`f-${String(i).padStart(6, '0')}`, NOW]),
      );
      const time = sources.snapshot(roomForSources(since));
      const metadata = writePosition({ next: 2 ** 40, time, since });
      assert.ok(metadata.length < METADATA_BYTES - 200, `${metadata.length} bytes`);
      const again = new SourceTimes(options, time);
      assert.equal(again.time, sources.time);
      // With too many definitions nothing is known of the sources.
      if (definitions > 40) continue;
      assert.equal(again.holder?.partition, sources.holder?.partition);
      assert.ok((again.holder?.time ?? 0) > NOW);
    }
  });

  it('leaves out of too many what is known of each: the time stands still until all were heard of again', () => {
    const sources = busy(1_000);
    const saved = sources.snapshot();
    assert.ok((saved.sources?.length ?? 0) < 300);
    const again = new SourceTimes(options, saved);
    assert.equal(again.time, sources.time);
    again.takeNotes([noteOf(999, () => NOW + 3_600_000)], NOW + 3_600_000);
    assert.equal(again.time, sources.time);
    again.takeNotes([noteOf(1_000, () => NOW + 3_600_000)], NOW + 3_600_000);
    assert.equal(again.time, NOW + 3_600_000);
  });

  it('is read as this version has written it', () => {
    const saved = {
      ...{ highest: null, time: NOW + 55_000 },
      sources: 'BOCF64XjaOLFCAAAAAAEAgxpbmdlc3QcaW5nZXN0Lm1ldHJpY3MKAgIATrDqAYB90A-AfRLgxQgETuBdAAAA',
    };
    const sources = new SourceTimes(options, saved);
    assert.deepEqual(sources.snapshot(), saved);
    // Of five, 1 is waited for, 2 was passed over at the time 0, 3 has never had a record.
    assert.deepEqual([sources.timeWithHeld, sources.holder?.partition], [NOW, 1]);
    sources.takeNotes([noteOf(3, (i) => [null, NOW + 90_000, NOW + 50_000][i] ?? null)], NOW + 70_100);
    assert.deepEqual([sources.time, sources.timeWithHeld], [NOW + 64_000, NOW + 50_000]);
  });

  it('is nothing more than before where nobody writes notes', () => {
    assert.deepEqual(new SourceTimes(options, { highest: 7, time: 5 }).snapshot(), { highest: 7, time: 5 });
  });

  it('is refused when it is damaged, or another version', () => {
    const { sources = '', ...times } = busy(3).snapshot();
    const bytes = Buffer.from(sources, 'base64url');
    bytes[0] = 2;
    for (const wrong of ['', sources.slice(0, -8), `${sources}AAAA`, bytes.toString('base64url')])
      assert.throws(() => new SourceTimes(options, { ...times, sources: wrong }), {
        code: 'TACTUS_CHECKPOINT_UNKNOWN',
      });
  });

  it('is read or refused, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const text = Buffer.from([4, ...bytes]).toString('base64url');
        try {
          assert.ok(new SourceTimes(options, { highest: 1, time: 1, sources: text }).time >= 1);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'TACTUS_CHECKPOINT_UNKNOWN');
        }
      }),
    );
  });

  it('goes on as if nothing had happened', () => {
    const steps = fc.array(
      fc.record({
        gap: fc.integer({ min: 0, max: 9_000 }),
        partition: fc.nat(3),
        behind: fc.option(fc.integer({ min: 0, max: 20_000 })),
        atEnd: fc.boolean(),
        empty: fc.boolean(),
        isMarker: fc.boolean(),
        forget: fc.option(fc.nat(3), { freq: 10 }),
      }),
      { minLength: 2, maxLength: 120 },
    );
    fc.assert(
      fc.property(steps, fc.nat(), (all, cut) => {
        const passed: string[] = [];
        const observed = (events: string[]) => ({
          ...options,
          observer: {
            passedOver: ({ partition }: { partition: number }, why: string) =>
              events.push(`${partition} ${why}`),
            caughtUp: ({ partition }: { partition: number }, was: string) =>
              events.push(`${partition} ${was} over`),
          },
        });
        const whole = new SourceTimes(observed(passed));
        const restartedEvents: string[] = [];
        let restarted = new SourceTimes(observed(restartedEvents));
        let at = NOW;
        for (const [i, { gap, partition, behind, atEnd, empty, isMarker, forget }] of all.entries()) {
          if (i === cut % all.length)
            restarted = new SourceTimes(observed(restartedEvents), restarted.snapshot());
          at += gap;
          const times = [{ partition, time: behind === null ? null : at - behind, atEnd, empty }];
          const note = { stage: 'ingest', topic: 'ingest.metrics', partitions: 4, times };
          const { stage, topic } = note;
          for (const each of [whole, restarted]) {
            each.takeNotes(isMarker ? 'marker' : [note], at);
            if (forget !== null) each.forget([{ stage, topic, partition: forget, at }]);
          }
          assert.deepEqual(
            [restarted.time, restarted.timeWithHeld, restarted.holder?.partition],
            [whole.time, whole.timeWithHeld, whole.holder?.partition],
          );
        }
        assert.deepEqual(restartedEvents, passed);
      }),
      { numRuns: 300 },
    );
  });
});
