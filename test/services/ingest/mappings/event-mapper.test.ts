import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Event } from '../../../../schemas/types.js';
import { EventMapper, idOf, SOURCE } from '../../../../services/ingest/mappings/event-mapper.js';
import { loadMappings, parseMappings } from '../../../../services/ingest/mappings/mappings-file.js';
import { memberOf } from '../../../../services/ingest/mappings/member.js';
import { packageRoot } from '../../../../shared/files/package-root.js';
import { START } from '../../../support/point.js';

const SECRET = 's'.repeat(32);

function eventOf(change: Partial<Event> = {}): Event {
  return {
    ...{ id: 'e1', tenantId: 't', type: 'song_play', timestamp: START, subjectId: 'ada' },
    attributes: {},
    ...change,
  };
}

function mapperOf(...mappings: readonly object[]): EventMapper {
  const mapper = new EventMapper(SECRET);
  const named = mappings.map((each, i) => ({ name: `m${i}`, type: '*', metric: `x${i}`, ...each }));
  mapper.use(parseMappings(JSON.stringify({ mappings: named }), 'x'));
  return mapper;
}

/** The point of the only mapping, or what was wrong. */
function mapOne(mapping: object, event: Partial<Event> = {}) {
  const [one] = mapperOf(mapping).map(eventOf(event));
  if (one === undefined) return null;
  return 'point' in one ? one.point : one.problem;
}

function valueIn(mapping: object, event: Partial<Event> = {}) {
  const found = mapOne(mapping, event);
  return found !== null && typeof found === 'object' ? found.value : found;
}

describe('a mapping of events', () => {
  it('makes one point with the time of the event, and an id of event and mapping', () => {
    const tags = { device: { attribute: 'device' }, who: { subject: true }, source: 'app' };
    const mapping = { value: { attribute: 'seconds' }, unit: 's', tags };
    const found = mapOne(mapping, { attributes: { seconds: 42.5, device: 'ios' } });
    assert.partialDeepStrictEqual(found, {
      ...{
        tenantId: 't',
        metric: 'x0',
        timestamp: START,
        value: 42.5,
        id: 'm0/e1',
        unit: 's',
        source: SOURCE,
      },
      tags: { device: 'ios', who: 'ada', source: 'app' },
    });
  });

  it('takes values from constants, attributes and expressions', () => {
    const attributes = { whole: 3, half: 0.5, yes: true, no: false, text: '7', none: null };
    const of = (value: unknown) => valueIn({ value }, { attributes });
    const allowed = 'allowed are numbers, true and false';
    assert.equal(of(2.5), 2.5);
    assert.equal(of({ attribute: 'whole' }), 3);
    assert.equal(of({ attribute: 'half' }), 0.5);
    assert.equal(of({ attribute: 'yes' }), 1);
    assert.equal(of({ attribute: 'no' }), 0);
    assert.equal(of({ expr: 'attributes.whole / 2.0 + attributes.half' }), 2);
    assert.equal(of({ expr: 'size(attributes)' }), 6);
    assert.equal(of({ expr: 'double(attributes.text)' }), 7);
    assert.equal(of({ attribute: 'text' }), `attributes.text is "7"; ${allowed}`);
    assert.equal(of({ attribute: 'none' }), `attributes.none is null; ${allowed}`);
    assert.equal(of({ attribute: 'gone' }), `attributes.gone is missing; ${allowed}`);
    assert.equal(of({ attribute: 'toString' }), `attributes.toString is missing; ${allowed}`);
    assert.equal(of({ expr: 'attributes.gone' }), 'value: No such key: gone');
    assert.equal(of({ expr: 'attributes.text' }), `value gives "7"; ${allowed}`);
    assert.match(String(of({ expr: 'attributes.text * 2.0' })), /^value: no such overload/);
  });

  it('is left out where its condition is not met or asks for what is not there, and reported where that fails', () => {
    const met = (when: string, event: Partial<Event> = {}) => {
      const found = mapOne({ value: 1, when }, event);
      return typeof found === 'string' ? found : found !== null;
    };
    assert.equal(met('attributes.a > 1.0', { attributes: { a: 2 } }), true);
    assert.equal(met('attributes.a > 1.0', { attributes: { a: 1 } }), false);
    assert.equal(met('attributes.a > 1.0'), false);
    assert.equal(met('has(attributes.a)'), false);
    const all = 'attributes["a-b"] == "x" && eventType == "song_play" && tenantId == "t"';
    assert.equal(met(all, { attributes: { 'a-b': 'x' } }), true);
    assert.equal(met('subjectId == ""', { subjectId: null }), true);
    assert.match(String(met('attributes.a > 1.0', { attributes: { a: 'x' } })), /^when: no such overload/);
    assert.equal(
      met('attributes.a', { attributes: { a: 'x' } }),
      'when gives "x"; allowed are true and false',
    );
    assert.equal(met('attributes.a', { attributes: { a: true } }), true);
  });

  it('goes by globs of type and tenant', () => {
    const mapper = mapperOf(
      { type: 'song_*', value: 1 },
      { tenants: 'a*', value: 1 },
      { type: 'login', value: 1 },
    );
    const names = (event: Partial<Event>) => mapper.map(eventOf(event)).map(({ mapping }) => mapping.name);
    assert.deepEqual(names({}), ['m0']);
    assert.deepEqual(names({ tenantId: 'acme' }), ['m0', 'm1']);
    assert.deepEqual(names({ type: 'login', tenantId: 'acme' }), ['m1', 'm2']);
    for (let i = 0; i < 3_000; i++) names({ type: `other ${i}` });
    assert.deepEqual(names({ type: 'login' }), ['m2']);
  });

  it('confines the texts of a tag to those listed', () => {
    const tags = { d: { attribute: 'd', values: ['ios', '1', 'true'], other: 'else' } };
    const tagOf = (d: string | number | boolean | null) => {
      const found = mapOne({ value: 1, tags }, { attributes: { d } });
      return found !== null && typeof found === 'object' ? found.tags.d : found;
    };
    const found = ['ios', 1, true, 'x'.repeat(4_000), null].map(tagOf);
    assert.deepEqual(found, ['ios', '1', 'true', 'else', undefined]);
  });

  it('counts members by a hash that depends on tenant, subject and secret, and leaves out events about nobody', () => {
    const of = (event: Partial<Event>) => valueIn({ kind: 'member' }, event);
    const own = of({});
    assert.equal(own, memberOf(SECRET, 't', 'ada'));
    assert.equal(of({ id: 'another', type: 'login', timestamp: START + 1 }), own);
    assert.notEqual(of({ subjectId: 'bob' }), own);
    assert.notEqual(of({ tenantId: 'u' }), own);
    assert.notEqual(memberOf('t'.repeat(32), 't', 'ada'), own);
    assert.equal(of({ subjectId: null }), null);
    assert.equal(of({ subjectId: '' }), null);
    fc.assert(
      fc.property(fc.string(), fc.string(), (tenant, subject) => {
        const member = memberOf(SECRET, tenant, subject);
        assert.ok(Number.isSafeInteger(member) && member >= 0 && member < 2 ** 52);
      }),
    );
  });

  it('has one id for each pair of event and mapping, of at most 256 characters', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/);
    const event = fc.string({ minLength: 1, maxLength: 256 });
    fc.assert(
      fc.property(name, event, name, event, (a, x, b, y) => {
        assert.ok(idOf(a, x).length <= 256);
        assert.equal(idOf(a, x) === idOf(b, y), a === b && x === y);
      }),
    );
    const long = ['x'.repeat(255), `${'x'.repeat(254)}y`].map((id) => idOf('plays', id));
    assert.equal(new Set(long).size, 2);
  });

  it('makes at most 20 points of one event, and does without none of the others', () => {
    const found = mapperOf(...Array.from({ length: 30 }, () => ({ value: 1 }))).map(eventOf());
    assert.equal(found.filter((one) => 'point' in one).length, 20);
    const problems = found.flatMap((one) => ('problem' in one ? [one.problem] : []));
    assert.equal(problems.length, 10);
    assert.match(problems[0] ?? '', /20 points of other mappings, the most allowed/);
  });

  it('gives up on an event with more and longer attributes than are counted on', () => {
    const keys = Array.from({ length: 1_000 }, (_, i) => `${i}`.padStart(200, 'k'));
    const attributes = Object.fromEntries(keys.map((key) => [key, 'v'.repeat(4_096)]));
    const found = mapOne({ value: 1, when: 'attributes.all(a, !a.endsWith("x"))' }, { attributes });
    assert.match(String(found), /^when: takes more than \d+ steps/);
  });
});

describe('the shipped mappings', () => {
  const file = join(packageRoot(), 'services', 'cli', 'examples', 'mappings.yaml');
  const mapper = new EventMapper(SECRET);
  mapper.use(loadMappings(file));

  const made: [type: string, attributes: Event['attributes'], points: Record<string, number>][] = [
    ['song_play', { duration: 184.5, device: 'ios' }, { plays: 1, listening_seconds: 184.5 }],
    ['song_play', {}, { plays: 1 }],
    ['song_skip', { position: 12 }, { skips: 1, early_skips: 1 }],
    ['song_skip', { position: 90 }, { skips: 1 }],
    ['session_start', { device: 'web' }, { sessions: 1 }],
    ['session_end', { duration: 1_800 }, { session_seconds: 1_800 }],
    ['sign_up', { channel: 'ad' }, { sign_ups: 1 }],
    ['subscription_changed', { from: 'free', to: 'premium' }, { subscription_changes: 1 }],
    ['payment', { status: 'succeeded', amount_cents: 999, currency: 'EUR' }, { payments: 1, revenue: 9.99 }],
    ['payment', { status: 'declined', amount_cents: 999 }, { payments: 1 }],
    ['login', {}, { logins: 1 }],
    ['login', { success: true }, { logins: 1 }],
    ['login', { success: false, reason: 'password' }, { failed_logins: 1 }],
    ['search', { results: 0 }, { searches: 1, searches_without_result: 1 }],
    ['search', { results: 7 }, { searches: 1 }],
    ['error', { component: 'player' }, { errors: 1 }],
  ];
  for (const [type, attributes, points] of made)
    it(`measure ${type} with ${JSON.stringify(attributes)}`, () => {
      const found = mapper.map(eventOf({ type, attributes })).map((one) => {
        assert.ok('point' in one, 'problem' in one ? one.problem : '');
        return [one.point.metric.slice('music.'.length), one.point.value];
      });
      assert.deepEqual(Object.fromEntries(found), { ...points, active_users: memberOf(SECRET, 't', 'ada') });
    });
});
