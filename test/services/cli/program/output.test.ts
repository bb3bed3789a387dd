import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complain, say, sayJson } from '../../../../services/cli/program/output.js';

/** What a call writes. */
function written(stream: NodeJS.WriteStream, call: () => void): string {
  const { write } = stream;
  let text = '';
  stream.write = (chunk: unknown) => {
    text += String(chunk);
    return true;
  };
  try {
    call();
  } finally {
    stream.write = write;
  }
  return text;
}

test('what a record holds does nothing to the terminal, and JSON stays what it is', () => {
  const hostile = 'a\u001b[2J\u009b31m\u0007\rb\u202ecod\u2066\tend\n';
  const plain = 'a\\u001b[2J\\u009b31m\\u0007\\u000db\\u202ecod\\u2066\tend\n\n';
  assert.equal(
    written(process.stdout, () => say(hostile)),
    plain,
  );
  assert.equal(
    written(process.stderr, () => complain('x', hostile)),
    `tactus x: ${plain}`,
  );
  const json = written(process.stdout, () => sayJson({ hostile }));
  for (const control of ['\u001b', '\u009b', '\u202e']) assert.ok(!json.includes(control));
  assert.deepEqual(JSON.parse(json), { hostile });
  assert.equal(
    written(process.stdout, () => say('grün 😀 – "ok"')),
    'grün 😀 – "ok"\n',
  );
});
