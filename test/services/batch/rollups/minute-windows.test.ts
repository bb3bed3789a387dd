import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isRolledUp } from '../../../../services/batch/rollups/minute-windows.js';
import { type AlignedDefinition, DEFAULT_DEFINITIONS } from '../../../../shared/windows/definition.js';

const [TEN_SECONDS, ONE_MINUTE] = DEFAULT_DEFINITIONS as [AlignedDefinition, AlignedDefinition];

describe('the windows that minutes are rolled up from', () => {
  const names = (all: readonly AlignedDefinition[]) =>
    all.filter((each) => isRolledUp(each, all)).map(({ name }) => name);

  it('are the longest that fill one', () => {
    assert.deepEqual(names([TEN_SECONDS, ONE_MINUTE]), ['1m']);
    assert.deepEqual(names([TEN_SECONDS, { ...ONE_MINUTE, sizeMs: 70_000 }]), ['10s']);
  });

  it('are none that were grouped, which do not say what each series is', () => {
    assert.deepEqual(names([TEN_SECONDS, { ...ONE_MINUTE, groupBy: [] }]), ['10s']);
    assert.deepEqual(names([{ ...ONE_MINUTE, groupBy: ['host'] }]), []);
  });

  it('are others where the longest leave out metrics', () => {
    assert.deepEqual(names([TEN_SECONDS, { ...ONE_MINUTE, metrics: 'cpu*' }]), ['10s', '1m']);
  });
});
