import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { arrayBatch, type PlainRecord } from '../../../shared/core/array-batch.js';
import { encodeHeaders } from '../../../shared/core/headers.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { Saved, Stage } from '../../../shared/core/stage.js';
import { parseTraceparent, type TraceContext } from '../../../shared/core/trace-context.js';
import { oneTrace, type TracedStageOptions, tracedStage } from '../../../shared/process/traced-stage.js';
import { contextOf, RecordedTracing } from '../../support/recorded-tracing.js';

interface State {
  next: number;
  held: string[];
}

const SAVED: Saved = { topic: 'metrics', partition: 3, checkpoint: null, changelog: new Map() };

/** Writes what it has been given, to `windows` and again to `late`, as soon as it is asked by a record "go". */
const holding: Stage<State> = {
  restore: () => ({ next: 0, held: [] }),
  checkpoint: ({ next }) => ({ offset: next, metadata: '' }),
  replayUntil: ({ next }) => next,
  step(state, batch) {
    const outputs = new OutputBatch();
    for (let i = 0; i < batch.length; i++) {
      const text = String(batch.value(i));
      if (text !== 'go') state.held.push(text);
      else
        for (const held of state.held.splice(0)) {
          const record = { key: held[0] as string, value: Buffer.from(held) };
          outputs.add({ topic: 'windows', ...record });
          outputs.add({ topic: 'late', ...record });
        }
    }
    state.next = Math.max(state.next, batch.nextOffset);
    return { state, outputs, refusals: [], changes: [] };
  },
};

function setUp(more: Partial<TracedStageOptions<string>> = {}) {
  const tracing = new RecordedTracing();
  const output = {
    sameKey: true,
    read: (value: Buffer) => ({
      comesFrom: (noted: string) => noted === String(value),
      span: { name: 'window', attributes: {} },
    }),
  };
  const stage = tracedStage(holding, {
    ...{ tracing, group: 'windowing', keepMs: () => 1_000, note: String },
    outputs: { windows: output, late: output },
    ...more,
  });
  return { tracing, stage, state: stage.restore(SAVED) };
}

const traceparent = ({ traceId, spanId }: TraceContext) => Buffer.from(`00-${traceId}-${spanId}-01`);

const record = (text: string, context?: TraceContext): PlainRecord => ({
  key: text[0] as string,
  value: Buffer.from(text),
  ...(context && { headers: { traceparent: traceparent(context) } }),
});

const batch = (records: readonly PlainRecord[], baseOffset = 0) =>
  arrayBatch({ topic: 'metrics', partition: 3, records, baseOffset });

const headerOf = (outputs: OutputBatch, index: number) => {
  const found = parseTraceparent(String(outputs.record(index).headers?.traceparent ?? ''));
  return found === null ? null : { traceId: found.traceId, spanId: found.spanId };
};

describe('a traced stage', () => {
  it('makes one span of a batch, which links to its traced records, and one of what comes of them later', () => {
    const { stage, state, tracing } = setUp();
    const read = stage.step(state, batch([record('a1'), record('a2', contextOf(1, 2)), record('b1')]), 100);
    const [consumed] = tracing.spans;
    assert.equal(read.traceId, consumed?.context.traceId);
    assert.equal(tracing.spans.length, 1);
    assert.deepEqual(
      [consumed?.name, consumed?.kind, consumed?.parent],
      ['process metrics', 'consumer', undefined],
    );
    assert.deepEqual(consumed?.links, [contextOf(1, 2)]);
    assert.equal(consumed?.attributes['messaging.batch.message_count'], 3);
    assert.equal(consumed?.problem, null);

    const { outputs, traceId } = stage.step(state, batch([record('go')], 3), 200);
    assert.equal(traceId, undefined);
    const [window, ...others] = tracing.named('window');
    assert.deepEqual([others.length, window?.startedAt, window?.links], [0, 100, [contextOf(1, 2)]]);
    assert.equal(window?.context.traceId, contextOf(1, 2).traceId);
    // Both records of the output, and nothing else, carry the span's context.
    assert.deepEqual(
      [...outputs.topics.keys()].map((i) => headerOf(outputs, i)),
      [null, null, window?.context, window?.context, null, null],
    );
    assert.equal(tracing.spans.length, 2);
  });

  it('gives a span of several traces one of its own, and links to the last eight at most', () => {
    const { stage, state, tracing } = setUp();
    const traced = Array.from({ length: 12 }, (_, i) => record('a', contextOf(i + 1, 7)));
    stage.step(state, batch(traced), 0);
    assert.equal(tracing.spans[0]?.links?.length, 8);
    stage.step(state, batch([record('go')], 12), 1);
    const window = tracing.named('window')[0];
    assert.equal(window?.parent, null);
    assert.deepEqual(
      window?.links?.map(({ traceId }) => Number.parseInt(traceId, 16)),
      [5, 6, 7, 8, 9, 10, 11, 12],
    );
  });

  it('looks at sixteen traced records of a batch at most, and keeps 256 of a partition', () => {
    const { stage, state } = setUp();
    const seen: string[] = [];
    const counting = setUp({ noted: (text) => seen.push(text) });
    counting.stage.step(
      counting.state,
      batch(Array.from({ length: 500 }, () => record('a', contextOf(1, 1)))),
      0,
    );
    assert.equal(seen.length, 16);
    for (let i = 0; i < 20; i++) {
      const texts = Array.from({ length: 16 }, (_, k) => `${'abcdefghijklmnopqrst'[i]}${k}`);
      stage.step(
        state,
        batch(
          texts.map((text) => record(text, contextOf(1, 1))),
          i * 16,
        ),
        0,
      );
    }
    const { outputs } = stage.step(state, batch([record('go')], 320), 1);
    const traced = [...outputs.topics.keys()].filter((i) => headerOf(outputs, i) !== null);
    // Of 320; the first 64 are forgotten, and 100 outputs of a second are compared.
    assert.equal(traced.length, 2 * 100);
    assert.equal(traced[0], 2 * 64);
  });

  it('compares 100 outputs of a second with what is noted, in however many steps', () => {
    const { stage, state } = setUp();
    stage.step(state, batch([record('a', contextOf(1, 1))]), 0);
    // With the key of the traced record, and not of it.
    const others = Array.from({ length: 100 }, (_, i) => record(`a${i}`));
    stage.step(state, batch([record('go')], 1), 1);
    stage.step(state, batch([...others.slice(1), record('go')], 2), 2);
    const ofTraced = (offset: number, now: number) =>
      stage.step(state, batch([record('a'), record('go')], offset), now).outputs;
    assert.equal(headerOf(ofTraced(102, 500), 0), null);
    assert.notEqual(headerOf(ofTraced(104, 1_001), 0), null);
  });

  it('forgets what has been kept for long, or at the end of the step', () => {
    const long = setUp();
    long.stage.step(long.state, batch([record('a1', contextOf(1, 1))]), 0);
    long.stage.step(long.state, batch([], 1), 1_500);
    long.stage.step(long.state, batch([record('go')], 1), 1_600);
    assert.equal(long.tracing.named('window').length, 0);
    const short = setUp({ keepMs: () => 0 });
    short.stage.step(short.state, batch([record('a1', contextOf(1, 1))]), 0);
    assert.equal(headerOf(short.stage.step(short.state, batch([record('go')], 1), 1).outputs, 0), null);
  });

  it('passes over records that are replayed, or that cannot be read', () => {
    const { stage, state, tracing } = setUp();
    state.next = 2;
    stage.step(state, batch([record('a1', contextOf(1, 1)), record('a2', contextOf(2, 2))]), 0);
    assert.equal(tracing.spans.length, 0);
    const failing = setUp({
      note: () => {
        throw new Error('no');
      },
    });
    failing.stage.step(failing.state, batch([record('a1', contextOf(1, 1))]), 0);
    const { outputs } = failing.stage.step(failing.state, batch([record('go')], 1), 1);
    assert.equal(headerOf(outputs, 0), null);
    assert.equal(failing.tracing.spans.length, 1);
  });

  it('keeps the headers that an output has', () => {
    const adding: Stage<State> = {
      ...holding,
      step(state, records, now) {
        const result = holding.step(state, records, now);
        for (let i = 0; i < result.outputs.length; i++)
          result.outputs.addHeaders(encodeHeaders({ own: 'x' }), i);
        return result;
      },
    };
    const { tracing } = setUp();
    const read = () => ({ comesFrom: () => true, span: null });
    const outputs = { windows: { sameKey: false, read } };
    const stage = tracedStage(adding, { tracing, group: 'g', note: String, outputs });
    const state = stage.restore(SAVED);
    const result = stage.step(state, batch([record('a1', contextOf(1, 2)), record('go')]), 0);
    assert.deepEqual(Object.keys(result.outputs.record(0).headers ?? {}), ['own', 'traceparent']);
    // Without a span of its own the trace of the input goes on.
    assert.deepEqual(headerOf(result.outputs, 0), contextOf(1, 2));
  });

  it('leaves records and outputs alone that there is no room for spans of', () => {
    const { stage, state, tracing } = setUp();
    tracing.room = 4;
    const texts = Array.from({ length: 10 }, (_, i) => `a${i}`);
    stage.step(state, batch(texts.map((text) => record(text, contextOf(1, 1)))), 0);
    // The batch before has taken the part of batches.
    stage.step(state, batch([record('b', contextOf(1, 1))], 10), 0);
    assert.equal(tracing.named('process metrics').length, 1);
    const { outputs } = stage.step(state, batch([record('go')], 11), 1);
    assert.equal(tracing.named('window').length, 3);
    assert.equal([...outputs.topics.keys()].filter((i) => headerOf(outputs, i) !== null).length, 6);
  });

  it('is the stage itself where tracing is off', () => {
    assert.equal(tracedStage(holding, { tracing: undefined, group: 'g' }), holding);
  });
});

describe('spans of one trace', () => {
  it('are found', () => {
    assert.equal(oneTrace([]), null);
    assert.deepEqual(oneTrace([contextOf(1, 1), contextOf(1, 2)]), contextOf(1, 2));
    assert.equal(oneTrace([contextOf(1, 1), contextOf(2, 2)]), null);
  });
});
