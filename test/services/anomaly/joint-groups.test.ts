import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadGroup, saveGroup } from '../../../services/anomaly/joint-entry.js';
import { JointGroups } from '../../../services/anomaly/joint-groups.js';
import { seriesKey } from '../../../shared/wire/series.js';
import { windowOf } from '../../shared/alerting/helpers.js';
import { normal, seeded, series } from '../../shared/detection/generators.js';

const keyOf = (tenantId: string, host: string) => seriesKey(tenantId, '', { host }, null);

/** Whether the group is watched after a figure of it. */
function take(groups: JointGroups, tenantId: string, host: string): boolean {
  groups.take(keyOf(tenantId, host), windowOf(0, 1), 1);
  return groups.get(keyOf(tenantId, host)) !== undefined;
}

test('one tenant has four fifths of the groups at most', () => {
  const groups = new JointGroups(5);
  const taken = ['a', 'b', 'c', 'd', 'e'].map((host) => take(groups, 'flood', host));
  assert.deepEqual(taken, [true, true, true, true, false]);
  assert.deepEqual(
    [take(groups, 'other', 'a'), take(groups, 'other', 'b'), take(groups, 'flood', 'a')],
    [true, false, true],
  );
});

test('a zero is the same whether it is kept or saved and loaded, whatever its sign', () => {
  const groups = new JointGroups(5);
  const key = keyOf('acme', 'a');
  groups.take(key, windowOf(0, -0), -0);
  const group = groups.get(key);
  assert.ok(group !== undefined);
  assert.deepEqual([...group.values], [0]);
  assert.deepEqual(loadGroup(saveGroup(group))?.values, group.values);
});

test('a group that is gone makes room for one other of its tenant', () => {
  const groups = new JointGroups(5);
  for (const host of ['a', 'b', 'c', 'd', 'e']) take(groups, 'flood', host);
  groups.delete(keyOf('flood', 'a'));
  groups.delete(keyOf('flood', 'a'));
  assert.deepEqual([take(groups, 'flood', 'e'), take(groups, 'flood', 'f')], [true, false]);
});

test('a tenant that has its share makes room by idle groups of its own only', () => {
  const at = (groups: JointGroups, tenantId: string, host: string, n: number) => {
    groups.take(keyOf(tenantId, host), windowOf(n, 1), 1);
    return groups.get(keyOf(tenantId, host)) !== undefined;
  };
  const groups = new JointGroups(5);
  at(groups, 'other', 'idle', 0);
  for (const host of ['a', 'b', 'c', 'd']) at(groups, 'flood', host, host === 'a' ? 1 : 90);
  assert.deepEqual([at(groups, 'flood', 'e', 90), groups.takeGone()], [true, [keyOf('flood', 'a')]]);
  assert.deepEqual([at(groups, 'flood', 'f', 90), groups.takeGone()], [false, []]);
  assert.deepEqual([at(groups, 'other', 'new', 90), groups.takeGone()], [true, [keyOf('other', 'idle')]]);
});

test('a group that is read again and again from the changelog grows its trees once, with the next row', () => {
  const key = keyOf('acme', 'a');
  const random = normal(seeded(3), 5, 1);
  const rows = series(720, (i) => [windowOf(i, random()), windowOf(i, random(), { metric: 'mem' })]);
  const groups = new JointGroups(5);
  for (const one of rows.slice(0, 700).flat()) groups.take(key, one, one.mean);
  const group = groups.get(key);
  const loaded = group === undefined ? null : loadGroup(saveGroup(group));
  assert.ok(group !== undefined && loaded !== null);
  assert.deepEqual(loaded.joint.trees, []);
  const others = new JointGroups(5);
  others.set(key, loaded);
  for (const one of rows.slice(700).flat()) {
    groups.take(key, one, one.mean);
    others.take(key, one, one.mean);
  }
  assert.deepEqual(loaded, group);
});
