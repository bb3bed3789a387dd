import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  cString,
  errorResponse,
  errorText,
  FrameReader,
  message,
  READY,
  readyStatus,
} from '../../../../services/up/embedded/bridge-frames.js';
import { renameStatement } from '../../../../services/up/embedded/bridge-statements.js';

const messages = fc.array(fc.tuple(fc.constantFrom('Q', 'P', 'B', 'S'), fc.uint8Array({ maxLength: 300 })), {
  minLength: 1,
  maxLength: 20,
});

test('a stream cut anywhere gives the same messages', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (list, cuts) => {
      const whole = list.map(([type, body]) => message(type, Buffer.from(body)));
      const stream = Buffer.concat(whole);
      const reader = new FrameReader();
      const seen: Buffer[] = [];
      for (let offset = 0, turn = 0; offset < stream.length; turn++) {
        const size = cuts[turn % cuts.length] ?? 1;
        reader.push(stream.subarray(offset, offset + size));
        offset += size;
        for (let next = reader.message(); next !== null; next = reader.message()) seen.push(next);
      }
      assert.deepEqual(seen, whole);
    }),
  );
});

test('a length that no message can have is refused', () => {
  for (const length of [-1, 0, 3, 0x7fffffff]) {
    const reader = new FrameReader();
    const head = message('Q', 'x');
    head.writeInt32BE(length, 1);
    reader.push(head);
    assert.throws(() => reader.message(), RangeError);
  }
});

test('the last ReadyForQuery of an answer carries the transaction status, also when notices follow it', () => {
  const failed = message('Z', Buffer.from('E'));
  assert.equal(readyStatus(Buffer.concat([READY, message('C', 'SELECT 1'), failed])), 'E');
  assert.equal(readyStatus(Buffer.concat([failed, READY, message('N', 'noise')])), 'I');
  assert.equal(readyStatus(message('1')), null);
  assert.equal(readyStatus(Buffer.alloc(0)), null);
});

test('the text of an ErrorResponse is found behind other fields', () => {
  const answer = Buffer.concat([message('1'), errorResponse('ERROR', '0A000', 'no such thing')]);
  assert.equal(errorText(answer), 'no such thing');
  assert.equal(errorText(READY), null);
});

test('names of prepared statements become different ones per client, and everything else stays', () => {
  const name = fc.string({ minLength: 1, maxLength: 80 }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(name, name, fc.uint8Array(), (one, other, rest) => {
      const parse = (text: string, prefix: string) =>
        renameStatement(message('P', text, 'SELECT 1', Buffer.from(rest)), prefix);
      const [a, b] = [parse(one, 'c1:'), parse(one, 'c2:')];
      assert.notEqual(a.name, b.name);
      assert.equal(a.name === parse(other, 'c1:').name, one === other);
      assert.ok(Buffer.byteLength(a.name) <= 63);
      const [shown, next] = cString(a.bytes, 5);
      assert.equal(shown, a.name);
      assert.deepEqual(a.bytes.subarray(next), Buffer.concat([Buffer.from('SELECT 1\0'), Buffer.from(rest)]));
      assert.equal(a.bytes.readInt32BE(1), a.bytes.length - 1);
    }),
  );
});

test('Bind, Describe and Close name the statement that Parse made', () => {
  const made = renameStatement(message('P', 'mine', 'SELECT 1', Buffer.alloc(2)), 'c7:').name;
  const bind = renameStatement(message('B', 'portal', 'mine', Buffer.alloc(6)), 'c7:');
  const describe = renameStatement(message('D', Buffer.from('S'), 'mine'), 'c7:');
  const close = renameStatement(message('C', Buffer.from('S'), 'mine'), 'c7:');
  assert.deepEqual([bind.name, describe.name, close.name], [made, made, made]);
  assert.deepEqual([bind.does, describe.does, close.does], ['use', 'use', 'close']);
  const portal = message('D', Buffer.from('P'), 'mine');
  assert.deepEqual(renameStatement(portal, 'c7:'), { bytes: portal, does: null, name: '' });
});
