import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AlertControl } from '../../../schemas/types.js';
import { controlProblem } from '../../../shared/alerting/controls.js';
import {
  MAX_MUTES_OF_TENANT,
  type MutedSeries,
  Mutes,
  mutedMatchers,
  mutedSeries,
  mutesAll,
} from '../../../shared/alerting/mutes.js';

const NOW = 1_700_000_000_000;

function muteOf(id: string, series: MutedSeries, more: Partial<AlertControl> = {}): AlertControl {
  return {
    ...{
      id,
      kind: 'acknowledgement',
      author: 'ann',
      comment: '',
      tenantId: 'acme',
      matchers: mutedMatchers(series),
    },
    ...{ createdAt: NOW, startsAt: NOW, endsAt: NOW + 1_000 },
    ...more,
  };
}

const texts = fc.oneof(fc.constantFrom('a', 'b', 'a="b"', '"', '\\', '=', 'metric', '\n'), fc.string());
const series = fc.record(
  {
    metric: fc.stringMatching(/^[a-c.*]{1,6}$/),
    tags: fc.dictionary(texts, texts, { maxKeys: 3, noNullPrototype: true }),
  },
  { noNullPrototype: true },
);

test('what is muted is read from its matchers as it was written, whatever its names hold', () => {
  fc.assert(fc.property(series, (one) => assert.deepEqual(mutedSeries(mutedMatchers(one)), one)));
});

test('anomalies are muted where the metric fits and all tags are there, of the own tenant and while it lasts', () => {
  const tags = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2'), { noNullPrototype: true });
  const muted = fc.record({ metric: fc.stringMatching(/^[ab*]{1,4}$/), tags });
  const about = fc.record({
    ...{ metric: fc.stringMatching(/^[ab]{1,4}$/), tags, tenantId: fc.constantFrom('acme', 'other') },
    at: fc.integer({ min: -2, max: 12 }),
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(muted, fc.integer({ min: 1, max: 10 })), { maxLength: 5 }),
      about,
      (all, one) => {
        const mutes = new Mutes();
        for (const [i, [what, length]] of all.entries())
          assert.equal(mutes.changed(`mute|${i}`, muteOf(`${i}`, what, { endsAt: NOW + length }), NOW), null);
        const fits = ({ metric, tags: wanted }: MutedSeries) =>
          new RegExp(`^${metric.replaceAll('*', '.*')}$`).test(one.metric) &&
          Object.entries(wanted).every(([name, value]) => one.tags[name] === value);
        const ends = all
          .filter(([what, length]) => fits(what) && one.at >= 0 && one.at < length)
          .map(([, length]) => length);
        const expected = one.tenantId === 'acme' && ends.length > 0 ? NOW + Math.max(...ends) : null;
        assert.equal(mutes.until(one, NOW + one.at), expected);
      },
    ),
  );
});

test('a mute that is ended or gone mutes nothing, and those of silences are none', () => {
  const mutes = new Mutes();
  const one = { tenantId: 'acme', metric: 'cpu', tags: {} };
  const control = muteOf('m', { metric: 'c?u', tags: {} });
  mutes.changed('mute|m', control, NOW);
  assert.equal(mutes.until(one, NOW), NOW + 1_000);
  mutes.changed('mute|m', { ...control, endsAt: NOW }, NOW);
  assert.equal(mutes.until(one, NOW), null);
  mutes.changed('mute|m', control, NOW);
  mutes.changed('mute|m', null, NOW);
  assert.equal(mutes.until(one, NOW), null);
  mutes.changed('silence|m', { ...control, kind: 'silence' }, NOW);
  assert.equal(mutes.until(one, NOW), null);
});

test('a tenant has so many mutes at most; those whose time is over leave room, and others have theirs', () => {
  const mutes = new Mutes();
  const all = { metric: '*', tags: {} };
  for (let i = 0; i < MAX_MUTES_OF_TENANT; i++)
    assert.equal(mutes.changed(`mute|${i}`, muteOf(`${i}`, all), NOW), null);
  assert.match(
    mutes.changed('mute|more', muteOf('more', all), NOW) ?? '',
    /mute more is ignored: .* at most 100/,
  );
  assert.equal(mutes.problem(muteOf('0', all), NOW + 1_000), null);
  assert.equal(mutes.changed('mute|o', muteOf('o', all, { tenantId: 'other' }), NOW), null);
});

test('a record that mutes nothing certain is ignored, and says why', () => {
  const cases: [Partial<AlertControl>, RegExp][] = [
    [{ matchers: [''] }, /first matcher must be of the metric/],
    [{ matchers: ['host="a"'] }, /first matcher must be of the metric/],
    [{ matchers: ['metric=""'] }, /metric must be a glob/],
    [{ matchers: [`metric="*${'a?'.repeat(40)}*"`] }, /without a \? between two \*/],
    [{ matchers: ['metric="a"', 'host=~"a"', 'host'] }, /tags must be at most 64/],
    [{ tenantId: '' }, /it has no tenant/],
  ];
  for (const [more, says] of cases) {
    const control = muteOf('m', { metric: 'a', tags: {} }, more);
    assert.match(new Mutes().changed('mute|m', control, NOW) ?? '', says);
    assert.match(controlProblem(control, NOW) ?? '', says);
  }
  assert.equal(controlProblem(muteOf('m', { metric: 'a', tags: {} }), NOW), null);
});

test('what is about all series of a tenant is known', () => {
  assert.ok(mutesAll({ metric: '**', tags: {} }));
  assert.ok(!mutesAll({ metric: '*', tags: { host: 'a' } }));
  assert.ok(!mutesAll({ metric: 'a*', tags: {} }));
});
