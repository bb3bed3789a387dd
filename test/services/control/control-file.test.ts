import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Contents, fileText, keyOf, readFileText } from '../../../services/control/control-file.js';
import { KeySecret } from '../../../shared/security/key-secret.js';
import { sensitivityOf } from '../../shared/detection/sensitivities.js';
import { contentsOf, keyRecord, ruleRecord, silenceRecord, tenantRecord } from './records.js';

const SECRET = new KeySecret('of this installation, and of no other one');
const AT = '2026-11-26T12:00:00.000Z';
const KEY = keyRecord(SECRET);

const CONTENTS = contentsOf({
  tenants: [
    tenantRecord('acme', { maxSeries: 5, thresholds: { 'cpu.percent': 90.5 }, labels: { team: 'x' } }),
  ],
  keys: [KEY],
  rules: [ruleRecord('own', { metrics: { errors: { metric: 'e', fallback: null } }, groupBy: ['host'] })],
  silences: [silenceRecord('one'), silenceRecord('f1', { kind: 'acknowledgement', matchers: [] })],
});

/** The file with something changed in it, read again. */
function changed(change: (file: never) => void): unknown {
  const file = JSON.parse(fileText(CONTENTS, AT));
  change(file as never);
  return readFileText(JSON.stringify(file), 'c.json');
}

test('what was written is read again, the same', () => {
  assert.deepEqual(readFileText(fileText(CONTENTS, AT), 'c.json'), CONTENTS);
  const names = fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 5 });
  fc.assert(
    fc.property(names, fc.double({ noNaN: true, noDefaultInfinity: true }), (ids, fallback) => {
      const contents = contentsOf({
        rules: [...new Set(ids)].map((id) => ruleRecord(id, { metrics: { m: { metric: id, fallback } } })),
        silences: [...new Set(ids)].map((id) => silenceRecord(id, { comment: id })),
      });
      const read = readFileText(fileText(contents, AT), 'c.json');
      // JSON has no negative zero.
      assert.equal(JSON.stringify(read), JSON.stringify(contents));
    }),
  );
});

test('a mute of anomalies goes back under its own key, not that of an acknowledgement', () => {
  const acknowledgement = silenceRecord('f1', { kind: 'acknowledgement', matchers: [] });
  const mute = { ...acknowledgement, matchers: ['metric="cpu.*"'] };
  assert.deepEqual(
    [acknowledgement, mute, silenceRecord('f1')].map((record) => keyOf('silences', record)),
    ['ack|f1', 'mute|f1', 'silence|f1'],
  );
});

test('a file without sensitivities is one that builds before them read, and they are there where it has some', () => {
  const form = (contents: Contents) => JSON.parse(fileText(contents, AT)) as { version: number };
  assert.deepEqual([form(CONTENTS).version, 'sensitivities' in form(CONTENTS)], [1, false]);
  const contents = { ...CONTENTS, sensitivities: [sensitivityOf('acme', 'cpu.*', 0.7)] };
  assert.equal(form(contents).version, 2);
  assert.deepEqual(readFileText(fileText(contents, AT), 'c.json'), contents);
  const twice = { ...contents, sensitivities: [...contents.sensitivities, ...contents.sensitivities] };
  assert.throws(
    () => readFileText(fileText(twice, AT), 'c.json'),
    /sensitivity "acme\|\w{16}" is there twice/,
  );
});

test('a field that the schema has gained since has its default', () => {
  const read = changed((file: { silences: { tenantId?: string }[] }) => {
    for (const silence of file.silences) delete silence.tenantId;
  });
  assert.deepEqual(read, CONTENTS);
});

test('whatever is wrong is named by part and index, all of it, and without what keys hold', () => {
  const cases: readonly (readonly [RegExp, (file: never) => void])[] = [
    [
      /^c\.json: version: must be 1 or 2: value was 3, which a later/,
      (file: { version: number }) => (file.version = 3),
    ],
    [/version: must be 1 or 2: value was missing$/, (file: { version?: number }) => delete file.version],
    [/"rulez": unknown key/, (file: { rulez?: unknown }) => (file.rulez = [])],
    [/keys: must be a list: value was an object$/, (file: { keys: unknown }) => (file.keys = {})],
    [
      /tenants\[0\]\.quotas: must be an object with the fields of \S+: value was 5$/,
      (file: { tenants: { quotas: unknown }[] }) => Object.assign(file.tenants[0] as object, { quotas: 5 }),
    ],
    [
      /rules\[0\]\.sise: unknown key; allowed: id, .*window/,
      (file: { rules: object[] }) => Object.assign(file.rules[0] as object, { sise: 1 }),
    ],
    [
      /keys\[0\]\.mac: must be bytes in base64$/,
      (file: { keys: object[] }) => Object.assign(file.keys[0] as object, { mac: 'not base64!' }),
    ],
    [
      /silences\[2\]\.id: silence "silence\|one" is there twice$/,
      (file: { silences: object[] }) => file.silences.push(file.silences[0] as object),
    ],
    [/rules\[1\]: must be an object: value was null$/, (file: { rules: unknown[] }) => file.rules.push(null)],
  ];
  for (const [message, change] of cases)
    assert.throws(
      () => changed(change),
      (error: Error & { code?: string }) => {
        assert.match(error.message, message);
        assert.equal(error.code, 'TACTUS_CONFIG_INVALID');
        assert.ok(!error.message.includes(KEY.hash.toString('base64')));
        return true;
      },
    );
  for (const text of ['', '{', '[]', 'null', '{"version":1}'])
    assert.throws(() => readFileText(text, 'c.json'), { code: 'TACTUS_CONFIG_INVALID' });
});

test('a file with very many mistakes has a message that is read to its end', () => {
  const rules = Array.from({ length: 5_000 }, () => 0);
  assert.throws(
    () => readFileText(JSON.stringify({ version: 1, ...contentsOf(), rules }), 'c.json'),
    (error: Error) => error.message.split('\n').length === 51 && /4950 more$/.test(error.message),
  );
});
