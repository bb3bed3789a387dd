import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { batches, nameOfBatch } from './batches.js';

describe('batches of test files', () => {
  it('are folders, the largest first, after what runs alone', () => {
    const files = ['a/one.js', 'a/slow.js', 'b/one.js', 'b/two.js', 'b/c/one.js'];
    assert.deepEqual(
      batches(files, (file) => file.endsWith('slow.js')),
      [['a/slow.js'], ['b/one.js', 'b/two.js'], ['a/one.js'], ['b/c/one.js']],
    );
  });

  it('are called by their file or their folder', () => {
    assert.equal(nameOfBatch(['a/one.js']), 'a/one.js');
    assert.equal(nameOfBatch(['a/one.js', 'a/two.js']), 'a (2 files)');
  });
});
