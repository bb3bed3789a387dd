import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../shared/files/package-root.js';

const root = packageRoot();
const files = ['services', 'shared'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

/** Seven bits of a byte, or a shift that undoes the zigzag: nobody needs these but for a varint. */
const VARINT =
  /[&%] ?(?:0x7f|127)\b|\| ?(?:0x80|128)\b|\b(?:0x7f|127) ?&|% ?(?:0x80|128)\b|>>>? ?1\) ?\^|<< ?1\) ?\^/;
/** The schema id, which stands behind the magic byte, or the five bytes of both. */
const CONFLUENT_HEADER =
  /(?:read|get|write|set)U?Int32(?:BE)?\([^\n]*(?:\+ ?|, ?|\()1\)|\b(?:HEADER|WIRE|MAGIC)_\w* ?= ?5\b/;
/** Tenant and metric with a bar between, as text. */
const RECORD_KEY = /`\$\{[^}]*tenantId\}\|\$\{[^}]*(?:metric|type|subject\.name)\}`/;

function refuse(what: string, pattern: RegExp, allowed: readonly string[]): void {
  it(what, () => {
    const found = files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')));
    assert.deepEqual(found.sort(), [...allowed].sort());
  });
}

describe('the bytes of records', () => {
  refuse('have one reader and one writer of varints', VARINT, ['shared/core/varint.ts']);
  refuse('have one place that knows the header of Confluent wire format', CONFLUENT_HEADER, [
    'shared/wire/confluent-header.ts',
    // PostgreSQL's messages: a type in one byte, and a length.
    'services/up/embedded/bridge-frames.ts',
  ]);
  // The one place writes the separator by its name; the other is what a user's own program does.
  refuse('have their key made in one place', RECORD_KEY, ['services/cli/examples/send.ts']);

  it('would be found where somebody decodes them', () => {
    for (const line of ['(byte & 0x7f) << shift', '(zigzag >>> 1) ^ -(zigzag & 1)', '(left % 128) | 128'])
      assert.match(line, VARINT);
    for (const line of [
      'bytes.readInt32BE(start + 1)',
      'view.getInt32(at + 1)',
      'header.writeInt32BE(id, 1)',
    ])
      assert.match(line, CONFLUENT_HEADER);
    assert.match('const HEADER_BYTES = 5;', CONFLUENT_HEADER);
    for (const name of ['metric', 'point.metric', 'event.type', 'subject.name'])
      assert.match(`\`\${point.tenantId}|\${${name}}\``, RECORD_KEY);
  });
});
