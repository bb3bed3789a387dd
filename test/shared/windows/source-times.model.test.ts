import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ProgressClaim } from '../../../shared/ports/progress.js';
import { SourceTimes } from '../../../shared/windows/source-times.js';
import type { PartitionTime, TimeNote } from '../../../shared/wire/time-note.js';

/*
 * A model of ingest: inputs that get points as time goes by, workers that read them at any pace, die and hand them
 * over, and write to outputs that are read at any pace too.
 */

const INPUTS = 3;
const OUTPUTS = 2;
const WORKERS = 2;
const IDLE = 5_000;
const OF = { stage: 'ingest', topic: 'ingest.metrics', partitions: INPUTS } as const;

interface Point {
  readonly timestamp: number;
  readonly arrival: number;
  readonly output: number;
}

/** A point in an output, with the stream time of its own input when it was read. */
interface Written {
  readonly own: number;
  readonly note: TimeNote | 'marker';
  readonly at: number;
}

const newReader = () => ({
  position: 0,
  sources: new SourceTimes({ idleTimeoutMs: IDLE, holdMs: Number.MAX_SAFE_INTEGER }),
});

class Model {
  now = 1_000_000;
  readonly #inputs = Array.from({ length: INPUTS }, () => ({
    points: [] as Point[],
    read: 0,
    highest: Number.NEGATIVE_INFINITY,
    time: Number.NEGATIVE_INFINITY,
    owner: 0,
  }));
  readonly #outputs = Array.from({ length: OUTPUTS }, () => [] as Written[]);
  readonly #ends = Array.from({ length: WORKERS }, () => new Array<number>(OUTPUTS).fill(0));
  readonly #claims = new Map<number, { times: PartitionTime[]; upTo: number[]; changedAt: number }>();
  readonly #readers = Array.from({ length: OUTPUTS }, newReader);

  /** Each input has a point: one without any holds nothing, and may begin with one that comes too late. */
  constructor() {
    for (let input = 0; input < INPUTS; input++) this.append(input, 0, 0);
    this.work(0, 1);
  }

  append(input: number, output: number, behind: number): void {
    this.#inputs[input]?.points.push({ timestamp: this.now - behind, arrival: this.now, output });
  }

  /** A worker reads up to `many` points of each of its inputs, and commits. */
  work(worker: number, many: number): void {
    const written: (readonly [output: number, own: number])[] = [];
    for (const input of this.#inputs) {
      if (input.owner !== worker) continue;
      for (let i = 0; i < many && input.read < input.points.length; i++) {
        const { timestamp, arrival, output } = input.points[input.read++] as Point;
        input.highest = Math.max(input.highest, timestamp);
        input.time = Math.max(input.time, Math.min(input.highest, arrival));
        written.push([output, input.time]);
      }
      const last = input.points.at(-1)?.arrival ?? this.now;
      const isIdle = input.read === input.points.length && this.now - last >= IDLE;
      if (isIdle && Number.isFinite(input.time)) input.time = this.now;
    }
    const note: TimeNote = { ...OF, times: this.#timesOf(worker) };
    for (let output = 0; output < OUTPUTS; output++) {
      const log = this.#outputs[output] as Written[];
      const own = written.filter(([to]) => to === output).map(([, time]) => time);
      for (const [i, time] of own.entries())
        log.push({ own: time, note: i === own.length - 1 ? note : 'marker', at: this.now });
      if (own.length > 0) (this.#ends[worker] as number[])[output] = log.length;
    }
  }

  claim(worker: number): void {
    const upTo = [...(this.#ends[worker] as number[])];
    this.#claims.set(worker, { times: this.#timesOf(worker), upTo, changedAt: this.now });
  }

  /** The new owner knows of the earlier one that all it has written is in the log by now. */
  move(input: number, worker: number): void {
    (this.#inputs[input] as { owner: number }).owner = worker;
    this.#ends[worker] = this.#outputs.map(({ length }) => length);
  }

  /** Reads up to `many` record sets of an output, then ticks. */
  read(output: number, many: number): void {
    const log = this.#outputs[output] as Written[];
    const reader = this.#readers[output] as ReturnType<typeof newReader>;
    const { sources } = reader;
    for (let i = 0; i < many && reader.position < log.length; i++) {
      const { own, note, at } = log[reader.position++] as Written;
      assert.ok(sources.time <= own, `a point of ${own} came when time had come to ${sources.time}`);
      sources.takeNotes(note === 'marker' ? note : [note], at);
    }
    const at = reader.position === log.length ? this.now : null;
    const claims = [...this.#claims.values()].map(
      (said): ProgressClaim => ({ ...OF, ...said, upTo: said.upTo[output] as number }),
    );
    sources.takeClaims(claims, { at, offset: reader.position });
  }

  /** Everybody works until all has been read and time has gone on: how far the outputs are behind the clock. */
  finish(): number[] {
    const fed = this.#outputs.map(({ length }) => length > 0);
    for (let i = 0; i < 20; i++) {
      this.now += 1_000;
      for (let worker = 0; worker < WORKERS; worker++) {
        this.work(worker, 1_000);
        this.claim(worker);
      }
      for (let output = 0; output < OUTPUTS; output++) this.read(output, 1_000);
    }
    return this.#readers.filter((_, i) => fed[i]).map(({ sources }) => this.now - sources.time);
  }

  #timesOf(worker: number): PartitionTime[] {
    return this.#inputs.flatMap(({ owner, read, points, time }, partition) =>
      owner === worker
        ? [{ partition, time: Number.isFinite(time) ? time : null, atEnd: read === points.length }]
        : [],
    );
  }
}

describe('the stream time of outputs, in a model of ingest', () => {
  const output = fc.nat(OUTPUTS - 1);
  const worker = fc.nat(WORKERS - 1);
  const input = fc.nat(INPUTS - 1);
  const many = fc.integer({ min: 1, max: 30 });
  const action: fc.Arbitrary<(model: Model) => void> = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(input, output, fc.nat(4_000)).map((a) => (m: Model) => m.append(...a)) },
    {
      weight: 4,
      arbitrary: fc.integer({ min: 1, max: 9_000 }).map((ms) => (m: Model) => {
        m.now += ms;
      }),
    },
    { weight: 3, arbitrary: fc.tuple(worker, many).map((a) => (m: Model) => m.work(...a)) },
    { weight: 2, arbitrary: worker.map((a) => (m: Model) => m.claim(a)) },
    { weight: 1, arbitrary: fc.tuple(input, worker).map((a) => (m: Model) => m.move(...a)) },
    { weight: 3, arbitrary: fc.tuple(output, many).map((a) => (m: Model) => m.read(...a)) },
  );

  it('is never ahead of a point that is in time in its own input, and catches up with the clock', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 150, size: 'max' }), (actions) => {
        const model = new Model();
        for (const act of actions) act(model);
        // Time goes on by the clock where nothing comes.
        for (const behind of model.finish()) assert.ok(behind <= 1_000, `${behind} ms behind`);
      }),
      { numRuns: 1_000 },
    );
  });
});
