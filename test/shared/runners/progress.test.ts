import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TactusError } from '../../../shared/core/errors.js';
import type { StageTime } from '../../../shared/core/stage.js';
import { createLogger } from '../../../shared/process/logger.js';
import { Progress } from '../../../shared/runners/follow-progress.js';
import type { OpenPartition } from '../../../shared/runners/open-partition.js';
import { ProgressRecords } from '../../../shared/runners/progress-records.js';
import type { StageBinding } from '../../../shared/runners/stage-binding.js';
import { TimeNotes } from '../../../shared/runners/time-notes.js';
import { decodeForgotten, encodeForgotten, forgottenKey } from '../../../shared/wire/forgotten-source.js';
import { decodeProgress } from '../../../shared/wire/progress-record.js';
import { decodeTimeNote, decodeTimeNotes } from '../../../shared/wire/time-note.js';

/** Only what the time of a partition depends on. */
class Timed {
  readonly name = 'ingest.metrics';
  settled = true;
  now: StageTime | null = { time: 100, atEnd: true };
  committedPosition = { offset: 5, next: 6, topicId: 'one', epoch: 2 };

  constructor(readonly partition: number) {}

  time = () => this.now;
}

async function setUp() {
  const notes = new TimeNotes('ingest', {
    'ingest.metrics': { timeTo: 'metrics' } as StageBinding<never>,
    'ingest.events': {} as StageBinding<never>,
  });
  await notes.count({ partitions: async () => 4 }, 'x.');
  const clock = { now: 0 };
  const records = new ProgressRecords(notes, 'x.', 'me', () => clock.now);
  const [one, other] = [new Timed(0), new Timed(3)];
  const open = new Set([one, other]) as unknown as Set<OpenPartition>;
  const take = () =>
    records.take(open).map(({ topic, key, value }) => ({ topic, key, said: decodeProgress(value) }));
  return { notes, records, one, other, open, take, clock };
}

describe('what a worker says of its progress', () => {
  it('begins when it is known where earlier owners have written, and is asked for again where nobody can say', async () => {
    const { records, take } = await setUp();
    const log = createLogger('test', 'silent');
    const answers: (number | 'nobody')[] = ['nobody', 7, 8];
    const ends = async () => {
      const end = answers.shift();
      if (typeof end !== 'number')
        throw new TactusError('TACTUS_KAFKA_UNAVAILABLE', 'x.metrics[0] has no leader');
      return new Map([[0, end]]);
    };
    records.takenOver();
    records.committed(new Map(), new Map([['x.metrics', new Map([[0, 3]])]]));
    await records.learn({ ends }, log);
    assert.deepEqual(take(), []);
    await records.learn({ ends }, log);
    assert.deepEqual(take()[0]?.said?.upTo, [7]);
    // Others were taken over while it was asked for.
    records.takenOver();
    await records.learn(
      {
        ends: async () => {
          records.takenOver();
          return new Map([[0, 7]]);
        },
      },
      log,
    );
    assert.deepEqual(take(), []);
    await records.learn({ ends }, log);
    assert.deepEqual(take()[0]?.said?.upTo, [8]);
    await records.learn({ ends: () => assert.fail('all is known') }, log);
  });

  it('is how far its open partitions are, and where all that they have caused ends', async () => {
    const { records, one, open, take } = await setUp();
    assert.deepEqual(take(), [], 'not before it is known where the outputs of earlier owners end');
    records.lieBefore(
      'x.metrics',
      new Map([
        [0, 7],
        [1, 9],
      ]),
    );
    records.committed(
      new Map(),
      new Map([
        [
          'x.metrics',
          new Map([
            [1, 4],
            [2, 5],
          ]),
        ],
      ]),
    );
    const first = take();
    assert.equal(first[0]?.topic, 'state.progress');
    assert.deepEqual(first[0]?.said, {
      note: {
        ...{ stage: 'ingest', topic: 'ingest.metrics', partitions: 4 },
        times: [
          { partition: 0, time: 100, atEnd: true },
          { partition: 3, time: 100, atEnd: true },
        ],
      },
      output: 'metrics',
      upTo: [7, 9, 5],
      committed: [0, 3].map((partition) => ({ partition, offset: 5, next: 6, topicId: 'one', epoch: 2 })),
    });
    assert.deepEqual(take(), [], 'only what has changed');
    one.now = { time: 200, atEnd: true };
    assert.deepEqual(take()[0]?.said?.note.times[0]?.time, 200);
    open.clear();
    assert.deepEqual(take(), []);
  });

  it('is repeated now and then, since readers forget who is silent', async () => {
    const { records, take, clock } = await setUp();
    records.lieBefore('x.metrics', new Map([[0, 7]]));
    const first = take();
    clock.now += 59_999;
    assert.deepEqual(take(), []);
    clock.now += 1;
    assert.deepEqual(take(), first);
    assert.deepEqual(take(), []);
  });

  it('is what the last commit has made visible, while more is on its way', async () => {
    const { records, one, other, take } = await setUp();
    records.lieBefore('x.metrics', new Map([[0, 7]]));
    one.settled = false;
    assert.deepEqual(
      take()[0]?.said?.note.times.map(({ partition }) => partition),
      [3],
    );
    const cut = new Map([[one, one.time() as StageTime]]) as never;
    one.now = { time: 300, atEnd: false };
    other.now = null;
    records.committed(cut, new Map());
    assert.deepEqual(take()[0]?.said?.note.times, [{ partition: 0, time: 100, atEnd: true }]);
  });

  it('is how far it has committed, of a stage that keeps no time too', async () => {
    const { records, one, open, take } = await setUp();
    const event = Object.assign(new Timed(1), { name: 'ingest.events' });
    (open as unknown as Set<Timed>).add(event);
    const [said] = take();
    assert.deepEqual(said?.said, {
      note: { stage: 'ingest', topic: 'ingest.events', partitions: 4, times: [] },
      ...{
        output: '',
        upTo: [],
        committed: [{ partition: 1, offset: 5, next: 6, topicId: 'one', epoch: 2 }],
      },
    });
    assert.deepEqual(take(), []);
    records.lieBefore('x.metrics', new Map([[0, 7]]));
    take();
    one.committedPosition = { offset: 6, next: 9, topicId: 'two', epoch: 0 };
    assert.deepEqual(take()[0]?.said?.committed[0], {
      partition: 0,
      offset: 6,
      next: 9,
      topicId: 'two',
      epoch: 0,
    });
  });
});

describe('the notes of a commit', () => {
  it('have the times of the input whose output they go to', async () => {
    const { notes, one } = await setUp();
    const stranger = Object.assign(new Timed(1), { name: 'ingest.events' });
    const times = new Map([one, stranger].map((each) => [each, { time: 5, atEnd: false }])) as never;
    const { last, marker } = notes.ofCut(times).get('metrics') as { last: Buffer; marker: Buffer };
    assert.equal(decodeTimeNote(marker), 'marker');
    assert.deepEqual(decodeTimeNote(last), {
      ...{ stage: 'ingest', topic: 'ingest.metrics', partitions: 4 },
      times: [{ partition: 0, time: 5, atEnd: false }],
    });
  });
});

describe('the notes of a commit of two inputs with one output', () => {
  it('are both there, and so is the progress of each', async () => {
    const binding = { timeTo: 'metrics' } as never;
    const notes = new TimeNotes('ingest', { 'ingest.metrics': binding, 'ingest.events': binding });
    await notes.count({ partitions: async () => 4 }, 'x.');
    const point = new Timed(1);
    const event = Object.assign(new Timed(2), { name: 'ingest.events' });
    const times = new Map([point, event].map((each, i) => [each, { time: 5 + i, atEnd: false }])) as never;
    const { last } = notes.ofCut(times).get('metrics') as { last: Buffer };
    assert.deepEqual(decodeTimeNotes(last), [
      {
        ...{ stage: 'ingest', topic: 'ingest.metrics', partitions: 4 },
        times: [{ partition: 1, time: 5, atEnd: false }],
      },
      {
        ...{ stage: 'ingest', topic: 'ingest.events', partitions: 4 },
        times: [{ partition: 2, time: 6, atEnd: false }],
      },
    ]);
    const records = new ProgressRecords(notes, 'x.', 'ingest|one');
    records.lieBefore('x.metrics', new Map([[0, 7]]));
    const said = records.take(new Set([point, event]) as never).map(({ key, value }) => {
      const record = decodeProgress(value as Buffer);
      return [key, record?.note.topic, record?.output, record?.upTo];
    });
    assert.deepEqual(said, [
      ['ingest|one|ingest.metrics', 'ingest.metrics', 'metrics', [7]],
      ['ingest|one|ingest.events', 'ingest.events', 'metrics', [7]],
    ]);
  });
});

describe('the progress that is followed', () => {
  it('is the latest word of each worker about one output partition', async () => {
    const { records, open, one } = await setUp();
    records.lieBefore(
      'x.metrics',
      new Map([
        [0, 7],
        [1, 9],
      ]),
    );
    const progress = new Progress();
    const report = (key: string, at: number) => {
      const [record] = records.take(open);
      progress.changed(key, record?.value ?? null, at);
    };
    report('a', 1_000);
    one.now = { time: 400, atEnd: true };
    report('a', 2_000);
    const claims = progress.claims('metrics', 1);
    assert.deepEqual(
      claims.map(({ upTo, changedAt, times }) => [upTo, changedAt, times[0]?.time]),
      [[9, 2_000, 400]],
    );
    assert.equal(progress.claims('metrics', 1), claims, 'the same as long as there is nothing new');
    assert.deepEqual(progress.claims('metrics', 2), []);
    assert.deepEqual(progress.claims('windows', 1), []);
    progress.changed('b', Buffer.from('not ours'), 2_000);
    assert.equal(progress.claims('metrics', 1).length, 1);
    one.now = { time: 500, atEnd: true };
    report('b', 2_000 + 3_600_001);
    assert.deepEqual(
      progress.claims('metrics', 1).map(({ times }) => times[0]?.time),
      [500],
    );
    progress.changed('b', null, 2_000 + 3_600_002);
    assert.deepEqual(progress.claims('metrics', 1), []);
  });
});

describe('what is forgotten', () => {
  const name = { stage: 'ingest', topic: 'ingest.metrics', partition: 3 };

  it('is so until a worker claims it again', async () => {
    const { records, open } = await setUp();
    records.lieBefore('x.metrics', new Map([[0, 7]]));
    const [claim] = records.take(open);
    const progress = new Progress();
    progress.changed('a', claim?.value ?? null, 1_000);
    progress.changed(forgottenKey(name), encodeForgotten(name), 2_000);
    const forgotten = progress.forgotten();
    assert.deepEqual(forgotten, [{ ...name, at: 2_000 }], 'what was claimed before counts for nothing');
    assert.equal(progress.forgotten(), forgotten, 'the same as long as there is nothing new');
    progress.changed('a', claim?.value ?? null, 3_000);
    assert.deepEqual(progress.forgotten(), []);
    progress.changed(forgottenKey(name), encodeForgotten(name), 4_000);
    progress.changed(forgottenKey(name), null, 5_000);
    assert.deepEqual(progress.forgotten(), []);
  });

  it('is read from the bytes that say so alone', () => {
    assert.deepEqual(decodeForgotten(encodeForgotten(name)), name);
    assert.equal(decodeProgress(encodeForgotten(name)), null, 'nor is it a claim');
    for (const text of ['', '{', 'null', '[]', '{"v":1}', '{"v":2,"forgotten":["a","b",1]}'])
      assert.equal(decodeForgotten(Buffer.from(text)), null, text);
    for (const wrong of [
      ['a', 'b'],
      ['a', 'b', -1],
      ['a', 7, 1],
      ['a', 'b', '1'],
      ['a', 'b', 0.5],
    ])
      assert.equal(
        decodeForgotten(Buffer.from(JSON.stringify({ v: 1, forgotten: wrong }))),
        null,
        String(wrong),
      );
  });
});
