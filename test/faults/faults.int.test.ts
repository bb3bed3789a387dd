import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultsCommand } from './command.js';

describe('the whole pipeline under faults', { timeout: 400_000 }, () => {
  it('has everything that it acknowledged in its outputs once, and is back by itself after each fault', async () => {
    assert.equal(await faultsCommand(['--short']), 0);
  });
});
