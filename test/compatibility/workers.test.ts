import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Heard } from './fake-kafka.js';
import { PRESENT, readFixture } from './fixtures.js';
import { workerNames } from './workers.js';

/** A later build may have more of everything. */
describe('what brokers know a worker by', { timeout: 60_000 }, async () => {
  const found = await workerNames();
  for (const [worker, pinned] of Object.entries(readFixture<Record<string, Heard>>(PRESENT, 'workers')))
    it(`stays as it was: ${worker}`, () => {
      const { groups, transactionalIds, read } = found[worker] as Heard;
      for (const [group, topics] of Object.entries(pinned.groups))
        assert.deepEqual(among(groups[group] ?? [], topics), topics, `topics of the group ${group}`);
      assert.deepEqual(among(transactionalIds, pinned.transactionalIds), pinned.transactionalIds);
      assert.deepEqual(among(read, pinned.read), pinned.read);
    });
});

function among(found: readonly string[], pinned: readonly string[]): string[] {
  return pinned.filter((name) => found.includes(name));
}
