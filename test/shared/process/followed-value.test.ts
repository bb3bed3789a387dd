import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { loadTenants } from '../../../shared/catalog/tenants-file.js';
import { FollowedFile, FollowedValue, type ReloadOutcome } from '../../../shared/process/followed-value.js';
import { until } from '../../support/until.js';

function observed() {
  const logged: string[] = [];
  const outcomes: ReloadOutcome[] = [];
  const log = pino({ base: null }, { write: (line: string) => logged.push(JSON.parse(line).msg) });
  return { logged, outcomes, log, reloaded: (outcome: ReloadOutcome) => outcomes.push(outcome) };
}

test('a change is in force at once, counted, logged as it describes itself, and handed to listeners', () => {
  const { logged, outcomes, log, reloaded } = observed();
  const value = new FollowedValue(1, { what: 'number', log, reloaded, describe: (n) => ({ n }) });
  const heard: number[] = [];
  value.onChange((n) => heard.push(n));
  value.change(2);
  assert.deepEqual([value.current, value.version, heard], [2, 1, [2]]);
  assert.deepEqual([logged, outcomes], [['number changed'], ['changed']]);
});

test('what is refused leaves the value, or puts in force what is left of it', () => {
  const { logged, outcomes, log, reloaded } = observed();
  const value = new FollowedValue(['a', 'b'], { what: 'names', log, reloaded });
  value.refuse(new Error('b is wrong'));
  assert.deepEqual([value.current, value.version], [['a', 'b'], 0]);
  value.refuse(new Error('b is wrong'), ['a']);
  assert.deepEqual([value.current, value.version], [['a'], 1]);
  assert.deepEqual(outcomes, ['refused', 'refused']);
  assert.deepEqual(new Set(logged), new Set(['keeping the names in force: b is wrong']));
});

test('a file is followed: changes count once, what is wrong is refused and logged once, a comment is no change, and what stays is not loaded again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-followed-'));
  const path = join(folder, 'tenants.yaml');
  const write = (text: string) => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  const { logged, outcomes, log, reloaded } = observed();
  let loads = 0;
  write('tenants: [{ id: a }]');
  const file = new FollowedFile({
    path,
    load: (from) => {
      loads += 1;
      return loadTenants(from);
    },
    identity: (tenants) => [...tenants.keys()].join(),
    what: 'tenants',
    log,
    reloaded,
    everyMs: 1,
  });
  const stop = new AbortController();
  const following = file.follow(stop.signal);
  // Once for each text, however often it is looked at; the first time at the start.
  const loaded = (times: number) => until('it to be loaded', () => loads >= times);
  await loaded(2);
  write('# as before\ntenants: [{ id: a }]');
  await loaded(3);
  assert.deepEqual([file.version, outcomes], [0, []]);
  write('tenants: [{ id: a }, { ide: b }]');
  await loaded(4);
  await until('the refusal', () => outcomes.length > 0);
  assert.deepEqual([[...file.current.keys()], file.version, outcomes], [['a'], 0, ['refused']]);
  assert.equal(logged.length, 1);
  assert.match(
    logged[0] ?? '',
    /^keeping the tenants in force: .*tenants\.yaml:1:24: tenants\[1\]\.ide: unknown/,
  );
  write('tenants: [{ id: b }]');
  await until('the change', () => file.version === 1);
  assert.deepEqual([[...file.current.keys()], outcomes], [['b'], ['refused', 'changed']]);
  stop.abort();
  await following;
  assert.equal(loads, 5);
  rmSync(folder, { recursive: true });
});

test('a file that is wrong at the start is refused for good, and none is followed where there is no path', async () => {
  const { log } = observed();
  const about = { load: loadTenants, identity: String, what: 'tenants', log };
  assert.throws(() => new FollowedFile({ ...about, path: '/nowhere/t.yaml' }), {
    code: 'TACTUS_CONFIG_INVALID',
    message: /^TENANTS_FILE: must be a readable file: value was "\/nowhere\/t\.yaml"/,
  });
  const none = new FollowedFile({ ...about, path: '' });
  await none.follow(new AbortController().signal);
  assert.equal(none.current.size, 0);
});
