import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { readBody } from '../../../../services/gateway/http/read-body.js';

const MIB = 1_048_576;

function incoming(): PassThrough & IncomingMessage {
  return Object.assign(new PassThrough(), { headers: {} }) as unknown as PassThrough & IncomingMessage;
}

describe('the body of a request', () => {
  const limits = { maxBodyBytes: 2 * MIB, requireRoom: () => {}, grow: () => {} };

  it('is what was sent, however it was cut', async () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9_000 })), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const chunks = lengths.map((length, i) => Buffer.alloc(length, i));
        const request = incoming();
        const read = readBody(request, limits);
        for (const chunk of chunks) request.write(chunk);
        request.end();
        assert.deepEqual(await read, Buffer.concat(chunks));
      }),
    );
  });

  it('takes about as much memory as it has bytes, also in small chunks', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = () => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const request = incoming();
    const read = readBody(request, limits);
    const before = used();
    for (let i = 0; i < MIB / 16; i++) request.emit('data', Buffer.allocUnsafeSlow(16).fill(i));
    const taken = used() - before;
    assert.ok(taken < 4 * MIB, `${taken} bytes for a MiB`);
    request.emit('end');
    assert.equal((await read).length, MIB);
  });

  it('is refused in very many chunks of few bytes, and taken in as many larger ones', async () => {
    for (const [bytes, taken] of [
      [1, false],
      [15, false],
      [16, true],
    ] as const) {
      const request = incoming();
      const read = readBody(request, limits);
      for (let i = 0; i < 70_000; i++) request.emit('data', Buffer.alloc(bytes));
      request.emit('end');
      if (taken) assert.equal((await read).length, 70_000 * bytes);
      else await assert.rejects(read, { code: 'TACTUS_BODY_TOO_LARGE', message: /more than 65536 chunks/ });
    }
  });
});
