import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeHeaders, encodeHeaders, joinHeaders } from '../../../shared/core/headers.js';
import {
  formatTraceparent,
  LEAST_TRACED_BYTES,
  parseTraceparent,
  TRACE_HEADER_BYTES,
  traceHeaders,
  traceIn,
} from '../../../shared/core/trace-context.js';

const CONTEXT = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const TEXT = `00-${CONTEXT.traceId}-${CONTEXT.spanId}-01`;

describe('traceparent', () => {
  it('is read with its flag, and of later versions as well', () => {
    assert.deepEqual(parseTraceparent(TEXT), { ...CONTEXT, sampled: true });
    assert.equal(parseTraceparent(TEXT.replace(/01$/, '00'))?.sampled, false);
    assert.equal(parseTraceparent(TEXT.replace(/01$/, '03'))?.sampled, true);
    assert.equal(parseTraceparent(`cc${TEXT.slice(2)}-more`)?.traceId, CONTEXT.traceId);
    assert.equal(formatTraceparent(CONTEXT), TEXT);
  });

  it('is none with another form, or with ids of zeros', () => {
    const bad = [
      ...['', 'x', `${TEXT}-more`, `ff${TEXT.slice(2)}`, TEXT.toUpperCase(), TEXT.slice(0, -1), ` ${TEXT}`],
      `00-${'0'.repeat(32)}-${CONTEXT.spanId}-01`,
      `00-${CONTEXT.traceId}-${'0'.repeat(16)}-01`,
    ];
    assert.deepEqual(
      bad.map(parseTraceparent),
      bad.map(() => null),
    );
  });
});

describe('headers of a traced record', () => {
  it('are as long as it is said', () => {
    const run = traceHeaders(CONTEXT);
    assert.equal(run.length, LEAST_TRACED_BYTES);
    assert.equal(run.length, 1 + TRACE_HEADER_BYTES);
    assert.deepEqual(traceIn(run, 0, run.length), CONTEXT);
  });

  it('are found wherever they stand, beside others', () => {
    const other = encodeHeaders({ counted: Buffer.alloc(12), empty: '' });
    for (const run of [
      joinHeaders(other, traceHeaders(CONTEXT)),
      joinHeaders(traceHeaders(CONTEXT), other),
    ]) {
      const bytes = Buffer.concat([Buffer.from('before'), run, Buffer.from('behind')]);
      assert.deepEqual(traceIn(bytes, 6, run.length), CONTEXT);
      assert.deepEqual(Object.keys(decodeHeaders(run, 0)).sort(), ['counted', 'empty', 'traceparent']);
    }
  });

  it('hold none that is not sampled, that is no traceparent, or that lies beyond their end', () => {
    const runs = [
      encodeHeaders({ traceparent: TEXT.replace(/01$/, '00') }),
      encodeHeaders({ traceparent: 'x'.repeat(55) }),
      encodeHeaders({ tracestate: TEXT, other: TEXT }),
      Buffer.concat([encodeHeaders({ other: 'x'.repeat(60) }), traceHeaders(CONTEXT)]),
      encodeHeaders({ long: 'x'.repeat(5_000), traceparent: TEXT }),
    ];
    assert.deepEqual(
      runs.map((run) => traceIn(run, 0, run.length)),
      runs.map(() => null),
    );
    const whole = traceHeaders(CONTEXT);
    assert.equal(traceIn(Buffer.concat([Buffer.alloc(9), whole]), 9, whole.length - 1), null);
  });

  it('may be any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: LEAST_TRACED_BYTES, maxLength: 300 }), (bytes) => {
        assert.equal(traceIn(Buffer.from(bytes), 0, bytes.length), null);
      }),
    );
    const run = traceHeaders(CONTEXT);
    fc.assert(
      fc.property(fc.nat(run.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(run);
        changed[at] = byte;
        traceIn(changed, 0, changed.length);
      }),
    );
  });
});
