import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';
import fc from 'fast-check';
import { envText } from '../../../services/up/env-text.js';

it('a shell reads the file of addresses as it was written, also in a folder with a space', () => {
  const plain = {
    KAFKA_BROKERS: 'localhost:9092',
    DATABASE_URL: 'postgres://postgres:a@localhost:5432/tactus',
  };
  assert.equal(envText(plain), `KAFKA_BROKERS=${plain.KAFKA_BROKERS}\nDATABASE_URL=${plain.DATABASE_URL}\n`);
  const read = (text: string) =>
    execFileSync('sh', ['-c', `${text}printf %s "$VALUE"`], { encoding: 'utf8' });
  assert.equal(
    read(envText({ VALUE: '/home/me/my project/.tactus/keys-secret' })),
    '/home/me/my project/.tactus/keys-secret',
  );
  const value = fc.string({ unit: 'grapheme-ascii', maxLength: 40 });
  fc.assert(
    fc.property(value, (text) => assert.equal(read(envText({ VALUE: text })), text)),
    { numRuns: 60 },
  );
});
