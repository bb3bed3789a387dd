import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Contents,
  keyOf,
  PARTS,
  type Part,
  type PartRecord,
} from '../../../services/control/control-file.js';
import { planImport, requireUsable } from '../../../services/control/import-plan.js';
import { KeySecret } from '../../../shared/security/key-secret.js';
import { sensitivityOf } from '../../shared/detection/sensitivities.js';
import { CHECKS, contentsOf, keyRecord, ruleRecord, silenceRecord, tenantRecord } from './records.js';

const SECRET = new KeySecret('of this installation, and of no other one');
const OTHER = new KeySecret('of another installation, which has its own');

const presentIn = (contents: Contents) =>
  new Map<Part, ReadonlyMap<string, PartRecord>>(
    PARTS.map((part) => [part, new Map(contents[part].map((one) => [keyOf(part, one), one]))]),
  );
const plan = (contents: Contents, present: Contents, readOnly: readonly string[] = []) =>
  planImport(contents, presentIn(present), { secret: SECRET, isReadOnly: (id) => readOnly.includes(id) });
const usable = (contents: Contents, secret: KeySecret | null = SECRET) =>
  requireUsable(contents, PARTS, 'c.json', { checks: CHECKS, secret, now: 0 });

test('into an empty cluster all is written, and a second time nothing', () => {
  const contents = contentsOf({
    tenants: [tenantRecord('acme')],
    keys: [keyRecord(SECRET)],
    rules: [ruleRecord('own')],
    silences: [silenceRecord('s')],
    sensitivities: [sensitivityOf('acme', 'cpu', 0.7)],
  });
  const first = plan(contents, contentsOf());
  assert.deepEqual(first.counts, { tenants: 1, keys: 1, rules: 1, silences: 1, sensitivities: 1 });
  assert.deepEqual([first.unchanged, first.conflicts], [0, []]);
  const second = plan(contents, contents);
  assert.deepEqual([second.changes, second.unchanged, second.conflicts], [[], 5, []]);
});

test('what is there and not the same is a conflict, and what is not in the file stays', () => {
  const present = contentsOf({ rules: [ruleRecord('own', { severity: 'critical' }), ruleRecord('extra')] });
  const { changes, conflicts } = plan(contentsOf({ rules: [ruleRecord('own'), ruleRecord('new')] }), present);
  assert.deepEqual(conflicts, ['rule "own"']);
  assert.deepEqual(
    changes.map(({ record }) => record.id),
    ['own', 'new'],
  );
  // A later build may have written it.
  const unreadable = new Map<Part, ReadonlyMap<string, null>>([['rules', new Map([['own', null]])]]);
  const onto = planImport(contentsOf({ rules: [ruleRecord('own')] }), unreadable, {
    secret: SECRET,
    isReadOnly: () => false,
  });
  assert.deepEqual(onto.conflicts, ['rule "own"']);
});

test('a key that was revoked stays so, unless that is what somebody without the secret has written', () => {
  const key = keyRecord(SECRET);
  const file = contentsOf({ keys: [key] });
  const revoked = SECRET.sealed({ ...key, revokedAt: 5 });
  const kept = plan(file, contentsOf({ keys: [revoked] }));
  assert.deepEqual([kept.changes, kept.conflicts, kept.revoked], [[], [], [key.id]]);
  const forged = plan(file, contentsOf({ keys: [{ ...key, revokedAt: 5 }] }));
  assert.deepEqual([forged.revoked, forged.changes.length], [[], 1]);
  const revokedInFile = plan(contentsOf({ keys: [revoked] }), file);
  assert.deepEqual([revokedInFile.revoked, revokedInFile.changes.length], [[], 1]);
});

test('tenants of TENANTS_FILE are named and left out', () => {
  const { readOnly, changes, conflicts } = plan(
    contentsOf({ tenants: [tenantRecord('fixed'), tenantRecord('acme')] }),
    contentsOf({ tenants: [tenantRecord('fixed', { maxSeries: 2 })] }),
    ['fixed'],
  );
  assert.deepEqual([readOnly, changes.map(({ record }) => record.id), conflicts], [['fixed'], ['acme'], []]);
});

test('keys of another secret are refused with what is wrong, forged ones by their ids', () => {
  const foreign = [keyRecord(OTHER), keyRecord(OTHER)];
  assert.throws(() => usable(contentsOf({ keys: foreign })), {
    code: 'TACTUS_CONFIG_INVALID',
    message: /^c\.json: keys: none of the 2 has a right MAC: TACTUS_KEYS_SECRET is another one here/,
  });
  const [forged] = foreign;
  const mixed = contentsOf({ keys: [keyRecord(SECRET), forged as (typeof foreign)[0]] });
  assert.throws(() => usable(mixed), { message: `c.json: key "${forged?.id}": its MAC is wrong` });
  usable(contentsOf({ keys: [] }));
});

test('records that could not be in force are refused, all of them', () => {
  const bad = contentsOf({
    tenants: [tenantRecord('acme', { weight: -1 })],
    rules: [ruleRecord('bad'), ruleRecord('good')],
    silences: [silenceRecord('none', { matchers: [] })],
    sensitivities: [sensitivityOf('acme', '*a?b*', 0.7)],
  });
  assert.throws(
    () => usable(bad),
    (error: Error) => {
      const lines = error.message.split('\n');
      assert.match(lines[0] ?? '', /tenant "acme": .*weight: must be/);
      assert.deepEqual(lines.slice(1, 3), [
        'c.json: rule "bad": it is bad',
        'c.json: silence "silence|none": it has no matcher',
      ]);
      assert.match(
        lines[3] ?? '',
        /^c\.json: sensitivity "acme\|\w{16}": .* a glob without a \? between two \*/,
      );
      assert.equal(lines.length, 4);
      return true;
    },
  );
});
