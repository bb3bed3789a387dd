import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AlertControl } from '../../../schemas/types.js';
import { Controls } from '../../../shared/alerting/controls.js';
import { controlKey } from '../../../shared/wire/control-key.js';
import { cpuMs } from '../../support/cpu-time.js';

const NOW = 1_700_000_000_000;
const LABELS = { alertname: 'Hot', metric: `system.${'cpu_'.repeat(60)}`, host: 'web-1' };
const ALERT = { tenantId: 'acme', labels: LABELS };

function silence(id: string, matchers: readonly string[], more: Partial<AlertControl> = {}): AlertControl {
  const times = { startsAt: NOW, endsAt: NOW + 3_600_000, createdAt: NOW };
  const base = { id, kind: 'silence', author: 'ann', comment: '', tenantId: '' } as const;
  return { ...base, matchers: [...matchers], ...times, ...more };
}

function controlsWith(...silences: AlertControl[]): { controls: Controls; remarks: (string | null)[] } {
  const controls = new Controls();
  const remarks = silences.map((one) => controls.changed(controlKey.silence(one.id), one, NOW));
  return { controls, remarks };
}

test('silences that a backtracking engine never gets done with are tried at once', () => {
  const { controls, remarks } = controlsWith(
    silence('a', ['metric=~"(([a-z._]+)+)+!"']),
    silence('b', ['metric=~"^(a+)+$"', 'host=~"(.*)*x"']),
    silence('c', ['metric=~"(system|.*)*_(cpu|.*)*x"']),
  );
  assert.deepEqual(remarks, [null, null, null]);
  const started = cpuMs();
  assert.equal(controls.silenced(ALERT, NOW), false);
  assert.ok(cpuMs() - started < 1_000);
});

test('a silence that cannot be read is ignored by name until its time has passed, and the others are in force', () => {
  const { controls, remarks } = controlsWith(
    silence('back', ['metric=~"(a)\\\\1"']),
    silence('look', ['host="web-1"', 'metric=~"(?=s).*"']),
    silence('large', ['metric=~"(?i)\\\\pL{900}\\\\pL{900}"']),
    silence('none', []),
    silence('good', ['host="web-1"', 'alertname=~"H.*"']),
    silence('past', ['nonsense'], { endsAt: NOW }),
  );
  assert.match(String(remarks[0]), /^silence back of ann is ignored: its matcher metric=~.* RE2's syntax/);
  assert.match(String(remarks[1]), /^silence look of ann is ignored: .*\(\?=/);
  assert.match(String(remarks[2]), /^silence large of ann is ignored: .*too large/);
  assert.match(String(remarks[3]), /^silence none of ann is ignored: it has no matcher/);
  assert.deepEqual(remarks.slice(4), [null, null]);
  assert.deepEqual(controls.size, { inForce: 1, ignored: 4 });
  assert.equal(controls.silenced(ALERT, NOW), true);
  assert.equal(controls.remarks(NOW).length, 4);
  controls.changed(controlKey.silence('look'), null, NOW);
  assert.equal(controls.remarks(NOW).length, 3);
  assert.deepEqual(controls.remarks(NOW + 3_600_000), []);
});

test('what is said of a silence stays short, whatever its record holds', () => {
  const long = 'x'.repeat(500_000);
  const { remarks } = controlsWith(silence(long, [`a=~"${long}"`], { author: long }));
  assert.match(String(remarks[0]), /is ignored/);
  assert.ok(String(remarks[0]).length < 1_000);
});

test('a silence of about all alerts is in force, and named for as long', () => {
  const { controls, remarks } = controlsWith(
    silence('all', ['metric=~".*"'], { endsAt: Number.MAX_SAFE_INTEGER }),
  );
  const remark = /^silence all of ann suppresses about all alerts until \+275760-09-13T00:00:00\.000Z$/;
  assert.match(String(remarks[0]), remark);
  assert.match(String(controls.remarks(NOW)[0]), remark);
  assert.equal(controls.silenced(ALERT, NOW), true);
});

test('what all silences in force have an alert tried with is bounded, and gives room when they end', () => {
  const controls = new Controls();
  const put = (id: string, endsAt = NOW + 1_000) =>
    controls.changed(controlKey.silence(id), silence(id, ['metric=~"a{900}"'], { endsAt }), NOW);
  let number = 0;
  while (put(`s${number}`) === null) number += 1;
  assert.ok(number >= 20 && controls.effort <= 20_001, `${number} silences, ${controls.effort} instructions`);
  assert.match(String(put('more')), /more of ann is ignored: all silences in force may have at most/);
  controls.changed(controlKey.silence('s0'), null, NOW);
  assert.equal(put('more'), null);
  const later = controls.changed(
    controlKey.silence('later'),
    silence('later', ['metric=~"a{900}"'], { endsAt: NOW + 9_000 }),
    NOW + 1_000,
  );
  assert.equal(later, null);
  assert.deepEqual(controls.remarks(NOW + 1_000), []);
  assert.deepEqual(controls.size, { inForce: 1, ignored: 0 });
});

test('the latest of very many acknowledgements are remembered', () => {
  const controls = new Controls();
  const acknowledge = (fingerprint: string) =>
    controls.changed(
      controlKey.acknowledgement(fingerprint),
      silence(fingerprint, [], { kind: 'acknowledgement' }),
      NOW,
    );
  for (let n = 0; n < 10_001; n++) acknowledge(`f${n}`);
  assert.equal(controls.acknowledged({ fingerprint: 'f10000', tenantId: 'acme' }, NOW), true);
  assert.equal(controls.acknowledged({ fingerprint: 'f0', tenantId: 'acme' }, NOW), false);
});

test('a silence of one tenant is about its alerts only, whatever its matchers; one without a tenant about all', () => {
  const TENANTS = ['acme', 'bolt', ''];
  fc.assert(
    fc.property(
      fc.array(fc.record({ tenantId: fc.constantFrom(...TENANTS), ended: fc.boolean() }), { maxLength: 6 }),
      (silences) => {
        const { controls } = controlsWith(
          ...silences.map(({ tenantId, ended }, i) =>
            silence(`s${i}`, ['alertname=~".*"'], { tenantId, ...(ended && { endsAt: NOW }) }),
          ),
        );
        for (const tenantId of ['acme', 'bolt', 'core'])
          assert.equal(
            controls.silenced({ tenantId, labels: LABELS }, NOW),
            silences.some((one) => !one.ended && (one.tenantId === '' || one.tenantId === tenantId)),
          );
      },
    ),
  );
});

test('an acknowledgement of one tenant does not count for an alert of another', () => {
  const controls = new Controls();
  for (const [fingerprint, tenantId] of [
    ['own', 'acme'],
    ['before', ''],
    ['other', 'bolt'],
  ] as const) {
    const control = silence(fingerprint, [], { kind: 'acknowledgement', tenantId });
    controls.changed(controlKey.acknowledgement(fingerprint), control, NOW);
  }
  const isAcknowledged = (fingerprint: string) =>
    controls.acknowledged({ fingerprint, tenantId: 'acme' }, NOW);
  assert.deepEqual(['own', 'before', 'other'].map(isAcknowledged), [true, true, false]);
});

test('silences of one tenant leave room for those of others, and have it again when they end', () => {
  const controls = new Controls();
  const put = (id: string, tenantId: string) =>
    controls.changed(controlKey.silence(id), silence(id, ['metric=~"a{900}"'], { tenantId }), NOW);
  let number = 0;
  while (put(`s${number}`, 'acme') === null) number += 1;
  assert.ok(number >= 2 && controls.effort <= 2_001, `${number} silences, ${controls.effort} instructions`);
  assert.match(
    String(put('more', 'acme')),
    /ignored: silences of tenant acme in force may have at most 1000 /,
  );
  assert.deepEqual([put('bolt', 'bolt'), put('all', '')], [null, null]);
  controls.changed(controlKey.silence('s0'), null, NOW);
  assert.equal(put('more', 'acme'), null);
});

test('a silence that is to be changed needs no room beside itself', () => {
  const large = silence('a', [`host=~"x${'(a|b|c)?'.repeat(60)}"`], { tenantId: 'acme' });
  const { controls, remarks } = controlsWith(large);
  assert.deepEqual(remarks, [null]);
  const longer = { ...large, endsAt: large.endsAt + 3_600_000 };
  let others = 0;
  for (; controls.problem({ ...large, id: `b${others}` }, NOW) === null; others++)
    controls.changed(controlKey.silence(`b${others}`), { ...large, id: `b${others}` }, NOW);
  assert.ok(others > 0);
  assert.equal(controls.problem(longer, NOW), null);
  assert.equal(controls.changed(controlKey.silence('a'), longer, NOW), null);
  assert.match(controls.problem({ ...longer, id: 'c' }, NOW) ?? '', /at most/);
});
