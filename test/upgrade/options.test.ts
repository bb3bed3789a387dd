import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PARTS, readUpgradeOptions } from './options.js';

describe('options of the test of upgrades', () => {
  it('are all parts, one by one, from the build before', () => {
    const { parts, stopAll, back, workers, from } = readUpgradeOptions([]);
    assert.deepEqual([parts, stopAll, back, workers], [PARTS, false, false, 1]);
    assert.match(from, /^[0-9a-f]{10}$/);
  });

  it('name a part and another commit', () => {
    const { parts, from, stopAll, seed } = readUpgradeOptions(
      'pipeline --from 5a7c598 --stop-all --seed 7'.split(' '),
    );
    assert.deepEqual([parts, from, stopAll, seed], [['pipeline'], '5a7c598', true, 7]);
  });

  it('are refused where they are not known, or no numbers', () => {
    for (const line of ['ingest', '--rate many', '--workers 0', '--seconds 1.5', '--downgrade'])
      assert.throws(() => readUpgradeOptions(line.split(' ')), line);
  });
});
