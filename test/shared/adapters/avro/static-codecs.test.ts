import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staticCodecs } from '../../../../shared/adapters/avro/static-codecs.js';

test('codecs without a registry make each encoder and decoder once, since they are asked for again and again', () => {
  const codecs = staticCodecs();
  assert.equal(codecs.encoder('alerts'), codecs.encoder('alerts'));
  assert.equal(codecs.decoder('alerts'), codecs.decoder('alerts'));
  assert.notEqual(codecs.decoder('alerts'), codecs.decoder('windows'));
});
