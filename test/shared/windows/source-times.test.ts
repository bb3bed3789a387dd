import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { claimOf, HOLD, IDLE, noteOf, sourcesFrom, takeDirect, UNKNOWN } from './sources.js';

describe('the stream time of a log with notes', () => {
  it('is the least of its sources, once something is known of all', () => {
    const { sources } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 100 })], 1);
    assert.equal(sources.time, UNKNOWN);
    sources.takeNotes([noteOf({ 1: 300 })], 2);
    assert.equal(sources.time, 100);
    assert.equal(sources.holder?.partition, 0);
    sources.takeNotes('marker', 3);
    sources.takeNotes([noteOf({ 0: 400 })], 3);
    assert.equal(sources.time, 300);
    assert.equal(sources.holder?.partition, 1);
  });

  it('keeps the sources of several inputs apart', () => {
    const { sources } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 100, 1: 100 })], 1);
    sources.takeNotes([noteOf({ 0: 50 }, { partitions: 1, topic: 'ingest.events' })], 2);
    sources.takeNotes([noteOf({ 0: 200, 1: 200 })], 3);
    assert.equal(sources.time, 100);
    sources.takeNotes([noteOf({ 0: 150 }, { partitions: 1, topic: 'ingest.events' })], 4);
    assert.equal(sources.time, 150);
  });

  it('takes what one commit says of several inputs at once', () => {
    const { sources } = sourcesFrom();
    const events = (known: Parameters<typeof noteOf>[0]) =>
      noteOf(known, { partitions: 1, topic: 'ingest.events' });
    sources.takeNotes([noteOf({ 0: 100, 1: 100 }), events({ 0: 50 })], 1);
    assert.equal(sources.time, 50);
    // In between nobody is behind for as long as it takes to be passed over.
    sources.takeNotes([noteOf({ 0: 900_000, 1: 900_000 }), events({ 0: 900_000 })], 900_000);
    assert.equal(sources.time, 900_000);
    assert.equal(sources.timeWithHeld, 900_000);
  });

  it('waits for the inputs that are first named beside others that are ahead', () => {
    const { sources } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 100, 1: 100 })], 1);
    sources.takeNotes([noteOf({ 0: 200, 1: 200 }), noteOf({}, { topic: 'ingest.events' })], 2);
    assert.equal(sources.time, 100);
    sources.takeNotes([noteOf({ 0: 160, 1: 170 }, { topic: 'ingest.events' })], 3);
    assert.equal(sources.time, 160);
  });

  it('is held by a partition with records that nobody has read, and not by one that never had any', () => {
    for (const atEnd of [false, true]) {
      const { sources } = sourcesFrom();
      sources.takeNotes([noteOf({ 0: 100 })], 1);
      sources.takeNotes([noteOf({ 1: null }, { atEnd })], 2);
      assert.equal(sources.time, atEnd ? 100 : UNKNOWN);
    }
  });

  it('is held where a partition was known to have had no record, and goes on with others alone', () => {
    const { sources } = sourcesFrom();
    sources.takeNotes([noteOf({ 1: 500 }, { atEnd: true, empty: true })], 1);
    assert.equal(sources.time, UNKNOWN, 'history may come first');
    sources.takeNotes([noteOf({ 0: 100 })], 2);
    assert.equal(sources.time, 100);
    // While nobody reads, something comes into 1; then 0 is read first.
    sources.takeNotes([noteOf({ 0: 60_000 })], 60_000);
    assert.equal(sources.time, 500);
    sources.takeNotes([noteOf({ 1: null })], 60_001);
    assert.equal(sources.time, 500);
    sources.takeNotes([noteOf({ 1: 450 })], 60_002);
    assert.equal(sources.time, 500, 'it never goes back');
    sources.takeNotes([noteOf({ 1: 700 }, { empty: true })], 60_003);
    assert.equal(sources.time, 500, 'an older word');
    sources.takeNotes([noteOf({ 1: 900 })], 60_004);
    assert.equal(sources.time, 900);
  });

  it('is no time while all are empty, and none of them is slow for being ahead of history', () => {
    const { sources, events } = sourcesFrom();
    for (let at = 0; at < 120_000; at += 1_000) {
      const empty = noteOf({ 1: 1_000_000 + at }, { atEnd: true, empty: true });
      sources.takeNotes([empty], at);
      if (at < 10_000) assert.equal(sources.time, UNKNOWN);
      else sources.takeNotes([noteOf({ 0: at }, { atEnd: true })], at);
    }
    assert.equal(sources.time, 119_000);
    assert.deepEqual(events, []);
  });

  it('passes over a partition that was empty when its owner was heard of last', () => {
    const { sources, events } = sourcesFrom();
    sources.takeNotes([noteOf({ 1: 0 }, { atEnd: true, empty: true })], 0);
    for (let at = 0; at <= HOLD + 1_000; at += 1_000) sources.takeNotes([noteOf({ 0: at })], at);
    assert.deepEqual(events, ['1 hold']);
    assert.equal(sources.time, HOLD + 1_000);
  });

  it('is held by a partition that is added, from the first note that names it', () => {
    const { sources } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 100, 1: 100 })], 1);
    sources.takeNotes([noteOf({ 0: 200, 1: 200 }, { partitions: 3 })], 2);
    assert.equal(sources.time, 100);
    sources.takeNotes([noteOf({ 2: 150 }, { partitions: 3 })], 3);
    assert.equal(sources.time, 150);
  });

  it('never goes back, whatever comes', () => {
    const times = fc.option(fc.integer({ min: 0, max: 200_000 }));
    const step = fc.record({
      gap: fc.integer({ min: 0, max: 10_000 }),
      known: fc.dictionary(fc.constantFrom('0', '1', '2'), times, { maxKeys: 3 }),
      atEnd: fc.boolean(),
      empty: fc.boolean(),
      kind: fc.constantFrom('note', 'marker', 'direct', 'claim'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { sources } = sourcesFrom();
        let [at, time, withHeld] = [0, UNKNOWN, UNKNOWN];
        for (const { gap, known, atEnd, empty, kind } of steps) {
          at += gap;
          if (kind === 'note') sources.takeNotes([noteOf(known, { partitions: 3, atEnd, empty })], at);
          else if (kind === 'marker') sources.takeNotes('marker', at);
          else if (kind === 'direct') takeDirect(sources, known['0'] ?? at, at);
          else sources.takeClaims([claimOf(known, { atEnd, changedAt: at })], { at, offset: 0 });
          assert.ok(sources.time >= time && sources.timeWithHeld >= withHeld);
          assert.ok(sources.timeWithHeld <= sources.time);
          [time, withHeld] = [sources.time, sources.timeWithHeld];
        }
      }),
    );
  });

  it('is the least of the latest times while nobody stands still for long', () => {
    const steps = fc.array(fc.record({ partition: fc.nat(3), ahead: fc.integer({ min: 0, max: 2_000 }) }), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const { sources } = sourcesFrom();
        const latest = [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN];
        let at = 0;
        for (const { partition, ahead } of all) {
          at += 100;
          latest[partition] = Math.max(latest[partition] as number, at + ahead);
          sources.takeNotes([noteOf({ [partition]: at + ahead }, { partitions: 4 })], at);
          assert.equal(sources.time, Math.min(...latest));
          assert.equal(sources.timeWithHeld, sources.time);
        }
      }),
    );
  });
});

describe('a source that stands still', () => {
  /** Source 1 stands at 0 while 0 goes on, noted each second. */
  const stalled = () => {
    const found = sourcesFrom();
    found.sources.takeNotes([noteOf({ 0: 0, 1: 0 })], 0);
    return found;
  };

  it('is passed over when others have gone on for as long as is allowed', () => {
    const { sources, events } = stalled();
    // It is behind from the first second on.
    for (let at = 1_000; at < HOLD + 1_000; at += 1_000) sources.takeNotes([noteOf({ 0: at })], at);
    assert.equal(sources.time, 0);
    assert.deepEqual(events, []);
    sources.takeNotes([noteOf({ 0: HOLD + 1_000 })], HOLD + 1_000);
    assert.equal(sources.time, HOLD + 1_000);
    assert.equal(sources.timeWithHeld, 0);
    assert.deepEqual(events, ['1 hold']);
  });

  it('counts again when it has caught up', () => {
    const { sources, events } = stalled();
    for (let at = 1_000; at <= HOLD + 1_000; at += 1_000) sources.takeNotes([noteOf({ 0: at })], at);
    sources.takeNotes([noteOf({ 1: HOLD })], HOLD + 1_100);
    assert.equal(sources.timeWithHeld, HOLD);
    sources.takeNotes([noteOf({ 0: HOLD + 2_000 })], HOLD + 2_000);
    assert.deepEqual(events, ['1 hold']);
    assert.equal(sources.time, HOLD + 2_000);
    sources.takeNotes([noteOf({ 1: HOLD + 2_500 })], HOLD + 2_100);
    assert.deepEqual(events, ['1 hold', '1 back from hold']);
    sources.takeNotes([noteOf({ 0: HOLD + 9_000 })], HOLD + 9_000);
    assert.equal(sources.time, HOLD + 2_500);
    assert.equal(sources.timeWithHeld, HOLD + 2_500);
  });

  it('is waited for without end while nobody else is alive either', () => {
    const { sources, events } = stalled();
    sources.takeNotes([noteOf({ 0: 1_000 })], 1_000);
    // All of ingest is down for three times the bound.
    for (let at = 3 * HOLD; at < 3 * HOLD + 50_000; at += 1_000) sources.takeNotes([noteOf({ 0: at })], at);
    assert.deepEqual([events, sources.time], [[], 0]);
  });

  it('begins anew with each move, however small', () => {
    const { sources, events } = stalled();
    for (let at = 1_000; at <= 3 * HOLD; at += 1_000)
      sources.takeNotes([noteOf(at % 30_000 === 0 ? { 0: at, 1: at / 30_000 } : { 0: at })], at);
    assert.deepEqual([events, sources.time], [[], (3 * HOLD) / 30_000]);
  });

  it('is nobody while all stand at the same time', () => {
    const { sources, events } = stalled();
    for (let at = 1_000; at <= 3 * HOLD; at += 1_000) sources.takeNotes([noteOf({ 0: 0, 1: 0 })], at);
    assert.deepEqual(events, []);
  });

  it('is held for as long as any other when it gets its first records, however long it had none before', () => {
    const { sources, events } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 0 })], 0);
    sources.takeNotes([noteOf({ 0: 1_000 })], 1_000);
    sources.takeNotes([noteOf({ 1: null }, { atEnd: true })], 1_000);
    for (let at = 2_000; at <= 2 * HOLD; at += 1_000) sources.takeNotes([noteOf({ 0: at })], at);
    // Who reads it is restarted, and has not read what came meanwhile.
    sources.takeNotes([noteOf({ 1: null })], 2 * HOLD + 100);
    sources.takeNotes([noteOf({ 0: 2 * HOLD + 9_000 })], 2 * HOLD + 9_000);
    assert.deepEqual([events, sources.time], [[], 2 * HOLD]);
  });

  it('may be one that was never heard of', () => {
    const { sources, events } = sourcesFrom();
    for (let at = 0; at <= HOLD; at += 1_000) sources.takeNotes([noteOf({ 0: at })], at);
    assert.deepEqual([events, sources.time, sources.timeWithHeld], [['1 hold'], HOLD, UNKNOWN]);
  });
});

describe('a time that stands still', () => {
  it('is one whose slowest source has not moved for two idle time-outs', () => {
    const { sources } = sourcesFrom();
    assert.ok(!sources.standsStill(1e9));
    sources.takeNotes([noteOf({ 0: 5 })], 100);
    assert.ok(sources.standsStill(100), 'nothing is known of the other source');
    sources.takeNotes([noteOf({ 1: 1 })], 100);
    sources.takeNotes([noteOf({ 0: 50, 1: 1 })], 6_000);
    assert.ok(!sources.standsStill(100 + 2 * IDLE - 1));
    assert.ok(sources.standsStill(100 + 2 * IDLE));
  });
});

describe('those who write without notes', () => {
  it('are one source beside others until they have been idle', () => {
    const { sources } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 10_000, 1: 20_000 })], 10_000);
    assert.equal(takeDirect(sources, 12_000, 12_000), 10_000);
    sources.takeNotes([noteOf({ 0: 16_000, 1: 16_000 })], 16_000);
    assert.equal(sources.time, 12_000);
    assert.equal(takeDirect(sources, 13_000, 16_500), 13_000);
    sources.takeNotes('marker', 16_500 + IDLE - 1);
    assert.equal(sources.time, 13_000);
    sources.takeNotes('marker', 16_500 + IDLE);
    assert.equal(sources.time, 16_000);
  });

  it('hold nothing after a fresh end of the log shows them idle', () => {
    const { sources } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 10_000, 1: 20_000 })], 10_000);
    takeDirect(sources, 5_000, 12_000);
    sources.takeNotes([noteOf({ 0: 16_000, 1: 16_000 })], 16_000);
    assert.equal(sources.time, 10_000);
    sources.takeClaims([], { at: 12_000 + IDLE, offset: 0 });
    assert.equal(sources.time, 16_000);
  });

  it('keep the time that they had before the first note', () => {
    const { sources } = sourcesFrom();
    takeDirect(sources, 30_000, 30_000);
    assert.equal(sources.time, 30_000);
    sources.takeNotes([noteOf({ 0: 10_000, 1: 10_000 })], 30_100);
    assert.equal(sources.time, 30_000);
    sources.takeNotes([noteOf({ 0: 50_000, 1: 50_000 })], 50_000);
    assert.equal(sources.time, 50_000);
  });

  it('alone go on by the clock when they are idle, and beside others do not', () => {
    const { sources } = sourcesFrom();
    takeDirect(sources, 30_000, 30_000);
    sources.idle(40_000);
    assert.equal(sources.time, 40_000);
    sources.takeNotes([noteOf({ 0: 45_000, 1: 45_000 })], 46_000);
    sources.idle(60_000);
    assert.equal(sources.time, 45_000);
  });
});

describe('a claim', () => {
  const known = () => {
    const { sources } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 10_000, 1: 10_000 })], 10_000);
    return sources;
  };
  const late = { at: 10_000 + IDLE, offset: 7 };

  it('counts for sources that no note has named for the idle time-out', () => {
    const sources = known();
    const claim = claimOf({ 0: 14_000, 1: 15_000 }, { upTo: 7, changedAt: 14_500 });
    sources.takeClaims([claim], { ...late, at: late.at - 1 });
    assert.equal(sources.time, 10_000);
    sources.takeClaims([claim], late);
    assert.equal(sources.time, 14_000);
  });

  it('counts only where all that it speaks of has been read', () => {
    const sources = known();
    sources.takeClaims([claimOf({ 0: 14_000, 1: 15_000 }, { upTo: 8, changedAt: 14_500 })], late);
    assert.equal(sources.time, 10_000);
  });

  it('counts behind the end of the log too, where the log has gone on for so long without a note of them', () => {
    const { sources, events } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 0, 1: 0 })], 0);
    // As it is read after an outage, in which partition 1 was quiet all the time.
    const claims = [claimOf({ 1: 9_000_000 }, { upTo: 7, changedAt: 9_000_000 })];
    for (let at = 1_000; at < IDLE; at += 1_000) sources.takeNotes([noteOf({ 0: at })], at);
    sources.takeClaims(claims, { at: null, offset: 7 });
    assert.equal(sources.time, 0);
    sources.takeNotes([noteOf({ 0: IDLE })], IDLE);
    sources.takeClaims(claims, { at: null, offset: 6 });
    assert.equal(sources.time, 0);
    sources.takeClaims(claims, { at: null, offset: 7 });
    assert.equal(sources.time, IDLE);
    // Nobody gets ahead of the log, beside whom the others would be slow, or stand still.
    for (let at = IDLE; at <= 2 * HOLD; at += 1_000) {
      sources.takeNotes([noteOf({ 0: at }, { atEnd: true })], at);
      sources.takeClaims(claims, { at: null, offset: 7 });
      assert.equal(sources.time, at);
    }
    assert.deepEqual(events, []);
    sources.takeClaims(claims, { at: 9_000_000, offset: 7 });
    assert.equal(sources.time, 2 * HOLD);
  });

  it('names partitions that were added, at the end of the log', () => {
    const claims = [claimOf({ 0: 14_000, 1: 15_000 }, { partitions: 3, upTo: 7, changedAt: 14_500 })];
    const behind = known();
    behind.takeClaims(claims, { at: null, offset: 7 });
    behind.takeNotes([noteOf({ 0: 16_000, 1: 16_000 })], 16_000);
    assert.equal(behind.time, 16_000, 'when this was written there may have been two');
    const sources = known();
    sources.takeClaims(claims, late);
    assert.equal(sources.time, 10_000);
    const other = claimOf({ 2: null }, { partitions: 3, upTo: 7, changedAt: 14_600 });
    sources.takeClaims([...claims, other], late);
    assert.equal(sources.time, 14_000);
  });

  it('says nothing to a log without notes', () => {
    const { sources } = sourcesFrom();
    sources.takeClaims([claimOf({ 0: 14_000, 1: 15_000 }, { changedAt: 14_500 })], late);
    assert.equal(sources.time, UNKNOWN);
    assert.ok(sources.isDirect);
  });

  it('keeps the clock of holds going while nothing else comes', () => {
    const { sources, events } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 0, 1: 0 })], 0);
    for (let at = IDLE; at <= HOLD + IDLE; at += 1_000)
      sources.takeClaims([claimOf({ 0: at }, { changedAt: at })], { at, offset: 0 });
    assert.deepEqual([events, sources.time], [['1 hold'], HOLD + IDLE]);
  });

  it('that is repeated lets no hold go by: those who make it are waiting too', () => {
    const { sources, events } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 0, 1: 1_000 })], 0);
    for (let at = IDLE; at <= 3 * HOLD; at += 1_000)
      sources.takeClaims([claimOf({ 0: 0, 1: 1_000 }, { changedAt: at })], { at, offset: 0 });
    assert.deepEqual([events, sources.time], [[], 0]);
  });

  it('of a worker that is gone counts once', () => {
    const { sources, events } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 0, 1: 0 })], 0);
    const claims = [claimOf({ 0: IDLE }, { changedAt: IDLE })];
    for (let at = IDLE; at <= 3 * HOLD; at += 100) sources.takeClaims(claims, { at, offset: 0 });
    assert.deepEqual([events, sources.time], [[], 0]);
  });
});

describe('a source that is forgotten', () => {
  const gone = (at: number, partition = 1) => [{ stage: 'ingest', topic: 'ingest.metrics', partition, at }];

  it('holds the time no longer, and counts again when it has come up to it', () => {
    const { sources, events } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 100, 1: 50 })], 100);
    sources.takeNotes([noteOf({ 0: 900 })], 900);
    sources.forget(gone(1_000));
    assert.deepEqual([sources.time, sources.timeWithHeld, sources.holder?.partition], [900, 900, 0]);
    sources.forget(gone(1_000));
    sources.takeNotes([noteOf({ 0: 2_000 })], 2_000);
    assert.equal(sources.time, 2_000);
    sources.takeNotes([noteOf({ 1: 1_500 })], 2_100);
    sources.takeNotes([noteOf({ 0: 3_000 })], 3_000);
    assert.equal(sources.time, 3_000);
    sources.forget(gone(1_000));
    sources.takeNotes([noteOf({ 1: 3_100 })], 3_100);
    sources.takeNotes([noteOf({ 0: 9_000 })], 3_200);
    assert.deepEqual([sources.time, events], [3_100, ['1 forgotten', '1 back from forgotten']]);
    // It was said before that.
    sources.forget(gone(1_000));
    assert.equal(sources.holder?.partition, 1);
  });

  it('makes nothing late for a hold any more', () => {
    const { sources, events } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 0, 1: 0 })], 0);
    for (let at = 0; at <= HOLD + IDLE; at += 1_000) sources.takeNotes([noteOf({ 0: at })], at);
    assert.deepEqual([sources.time, sources.timeWithHeld, events], [HOLD + IDLE, 0, ['1 hold']]);
    sources.forget(gone(HOLD + IDLE));
    assert.equal(sources.timeWithHeld, HOLD + IDLE);
    sources.takeNotes([noteOf({ 1: HOLD + IDLE })], HOLD + IDLE + 1);
    assert.deepEqual(events, ['1 hold', '1 forgotten', '1 back from forgotten']);
  });

  it('need never have been heard of, but nobody is who is none', () => {
    const { sources } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 100 })], 1);
    assert.equal(sources.time, UNKNOWN);
    sources.forget([...gone(2, 7), { ...gone(2)[0], topic: 'events' } as never]);
    assert.equal(sources.time, UNKNOWN);
    sources.forget(gone(2));
    assert.equal(sources.time, 100);
  });

  it('is not, where it was heard of after that was said', () => {
    const { sources } = sourcesFrom();
    sources.takeNotes([noteOf({ 0: 100, 1: 50 })], 100);
    sources.forget(gone(99));
    assert.equal(sources.time, 50);
  });
});
