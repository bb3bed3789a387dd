import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Event } from '../../../schemas/types.js';
import { ingestStage } from '../../../services/ingest/ingest-stage.js';
import { LiveSeries } from '../../../services/ingest/live-series.js';
import { MappedPoints } from '../../../services/ingest/mapped-points.js';
import { EventMapper } from '../../../services/ingest/mappings/event-mapper.js';
import { parseMappings } from '../../../services/ingest/mappings/mappings-file.js';
import { RecentIds } from '../../../services/ingest/recent-ids.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { checkEvent, type Limits } from '../../../shared/admission/policy.js';
import { Tenants } from '../../../shared/admission/tenants.js';
import { arrayBatch } from '../../../shared/core/array-batch.js';
import type { Checkpoint } from '../../../shared/core/stage.js';
import type { TopicName } from '../../../topics/names.js';
import { START as NOW } from '../../support/point.js';
import { recycling } from '../../support/recycling.js';

const WINDOW_MS = 600_000;
const limits: Limits = { maxFutureMs: 600_000, maxAgeMs: 86_400_000, maxValueBytes: 4_096, maxTags: 8 };
const codecs = staticCodecs();
const encoder = codecs.encoder('ingest.events');
const decoder = codecs.decoder('metrics');

const MAPPINGS = `mappings:
  - { name: plays, type: song_play, metric: plays, value: 1, tags: { song: { attribute: song } } }
  - { name: seconds, type: song_play, metric: seconds, value: { attribute: seconds } }
  - { name: users, type: '*', metric: users, kind: member }
`;

function worker({ maxSeriesPerTenant = 1_000, mappings = MAPPINGS, series = new LiveSeries(1_000) } = {}) {
  const tenants = new Tenants({ rejectUnknown: false, maxSeries: maxSeriesPerTenant });
  const mapper = new EventMapper('s'.repeat(32));
  const use = (yaml: string) => mapper.use(parseMappings(yaml, 'x'));
  use(mappings);
  const outcomes: string[] = [];
  const shared = { limits, tenants, seriesIdleMs: 2 * WINDOW_MS };
  const stage = recycling(
    ingestStage<Event>({
      ...shared,
      output: 'events',
      decoder: codecs.decoder('ingest.events'),
      check: checkEvent,
      subject: ({ tenantId, type, id }) => ({ tenantId, name: type, id, tags: {} }),
      inPlace: false,
      recentIds: new RecentIds(WINDOW_MS, 10_000),
      dedupWindowMs: WINDOW_MS,
      series: null,
      derived: new MappedPoints({
        ...{ ...shared, mapper, series },
        encoder: codecs.encoder('metrics'),
        seriesRefused: () => {},
        mapped: (mapping, outcome) => outcomes.push(`${mapping} ${outcome}`),
      }),
      time: { timestamp: ({ timestamp }) => timestamp, idleTimeoutMs: 5_000 },
    }),
  );
  const changelog = new Map<string, Buffer>();
  const open = (checkpoint: Checkpoint | null = null) =>
    stage.restore({ topic: 'ingest.events', partition: 0, checkpoint, changelog: new Map(changelog) });
  type State = ReturnType<typeof open>;
  const run = (state: State, events: readonly Event[], baseOffset = 0, now = NOW) => {
    const records = events.map((each) => ({ value: encoder.encode(each), timestamp: now }));
    const result = stage.step(state, arrayBatch({ topic: 'ingest.events', records, baseOffset }), now);
    for (const { key, value } of result.changes)
      if (value === null) changelog.delete(key);
      else changelog.set(key, Buffer.from(value));
    const of = (topic: TopicName) => [...result.outputs].filter((one) => one.topic === topic);
    return {
      points: of('metrics').map(({ key, value }) => ({
        key: key?.toString(),
        ...decoder.decode(Buffer.from(value)),
      })),
      events: of('events').length,
      refusals: result.refusals.map(({ index, code, message }) => ({ index, code, message })),
    };
  };
  return { stage, open, run, use, outcomes, series };
}

let made = 0;
function eventOf(change: Partial<Event> = {}): Event {
  return {
    ...{ id: `e${made++}`, tenantId: 't', type: 'song_play', timestamp: NOW, subjectId: 'ada' },
    attributes: { song: 'a', seconds: 3 },
    ...change,
  };
}

describe('points made of events', () => {
  it('are written in the step of the event, under the key of the contract', () => {
    const { open, run } = worker();
    const { points, events, refusals } = run(open(), [eventOf({ id: 'x' })]);
    assert.equal(events, 1);
    assert.deepEqual(refusals, []);
    assert.deepEqual(points.map(({ key, id, value }) => [key, id, value]).slice(0, 2), [
      ['t|plays', 'plays/x', 1],
      ['t|seconds', 'seconds/x', 3],
    ]);
    assert.equal(points[2]?.key, 't|users');
  });

  it('are none of an event that is refused or was accepted before', () => {
    const { open, run } = worker();
    const event = eventOf();
    const found = run(open(), [event, event, eventOf({ type: '' }), eventOf({ timestamp: NOW + 700_000 })]);
    assert.equal(found.points.length, 3);
    assert.equal(found.events, 1);
    assert.deepEqual(
      found.refusals.map(({ code }) => code),
      ['TACTUS_FIELD_EMPTY', 'TACTUS_TIMESTAMP_OUT_OF_RANGE'],
    );
  });

  it('that cannot be made cost one dead letter of the event, which names the mappings, and nothing else', () => {
    const { open, run, outcomes } = worker();
    const bad = eventOf({ attributes: { song: '\u0007', seconds: 'long' } });
    const { points, events, refusals } = run(open(), [bad, eventOf()]);
    assert.equal(events, 2);
    assert.equal(points.length, 4);
    assert.equal(refusals.length, 1);
    assert.equal(refusals[0]?.index, 0);
    assert.equal(refusals[0]?.code, 'TACTUS_MAPPING_FAILED');
    assert.match(
      refusals[0]?.message ?? '',
      /^the event was accepted, mapping plays: tags\.song is .*control characters \(TACTUS_FIELD_BAD_CHARACTER\); mapping seconds: attributes\.seconds is "long"/,
    );
    assert.deepEqual(outcomes.slice(0, 3), ['plays failed', 'seconds failed', 'users point']);
  });

  it('keep to the limits of values, tags and size', () => {
    const mapping = (own: string) => `mappings: [{ name: m, type: '*', metric: x, ${own} }]`;
    const reason = (own: string, event: Partial<Event>) => {
      const { open, run } = worker({ mappings: mapping(own) });
      return run(open(), [eventOf(event)]).refusals[0]?.message ?? 'accepted';
    };
    assert.match(reason('value: { expr: 1.0 / 0.0 }', {}), /TACTUS_VALUE_NOT_FINITE/);
    assert.match(reason('value: { attribute: v }', { attributes: { v: 1e200 } }), /TACTUS_VALUE_TOO_LARGE/);
    const tags = 'value: 1, tags: { a: { attribute: v } }';
    assert.match(reason(tags, { attributes: { v: 'x'.repeat(300) } }), /TACTUS_FIELD_TOO_LONG/);
    assert.equal(reason(tags, { attributes: { v: 'x'.repeat(256) } }), 'accepted');
    const many = Array.from({ length: 9 }, (_, i) => `t${i}: a`).join(', ');
    assert.match(reason(`value: 1, tags: { ${many} }`, {}), /TACTUS_TAGS_TOO_MANY/);
  });

  it('of new series beyond the limit of their tenant are refused, over a restart too; other tenants have theirs', () => {
    const first = worker({ maxSeriesPerTenant: 4 });
    const state = first.open();
    const songs = ['a', 'b', 'c'].map((song) => eventOf({ attributes: { song, seconds: 1 } }));
    const found = first.run(state, songs);
    // plays of two songs, seconds, users.
    assert.equal(found.points.length, 8);
    assert.match(
      found.refusals[0]?.message ?? '',
      /mapping plays: tenant "t" has 4 series.*TACTUS_SERIES_LIMIT/,
    );
    assert.equal(first.run(state, [eventOf({ tenantId: 'u' })], 3).refusals.length, 0);
    const checkpoint = first.stage.checkpoint(state);
    first.stage.release?.(state);
    assert.equal(first.series.size, 0);
    const again = first.open(checkpoint);
    assert.equal(first.series.size, 7);
    assert.equal(
      first.run(again, [eventOf({ attributes: { song: 'd', seconds: 1 } })], 4).refusals.length,
      1,
    );
    assert.equal(
      first.run(again, [eventOf({ attributes: { song: 'b', seconds: 1 } })], 5).refusals.length,
      0,
    );
  });

  it('share the limit of a tenant with the points that were sent, and are forgotten when idle', () => {
    const { open, run, series } = worker({ maxSeriesPerTenant: 3 });
    series.admit(1, 1, 't', 3, 0, NOW);
    const state = open();
    assert.equal(run(state, [eventOf()]).refusals.length, 1);
    assert.equal(run(state, [], 1, NOW + 3 * WINDOW_MS).points.length, 0);
    assert.equal(run(state, [eventOf({ timestamp: NOW + 3 * WINDOW_MS })], 1, NOW + 3 * WINDOW_MS).events, 1);
  });

  it('are each made once, wherever the worker is restarted and whatever the mappings are then', () => {
    const plan = fc.array(
      fc.record({
        id: fc.integer({ min: 0, max: 8 }),
        song: fc.constantFrom('a', 'b'),
        seconds: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant('bad')),
        restart: fc.boolean(),
        change: fc.boolean(),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(plan, (steps) => {
        const { stage, open, run, use } = worker();
        let state = open();
        const log: Event[] = [];
        const ids: string[] = [];
        const accepted = new Set<string>();
        let changed = false;
        for (const { id, song, seconds, restart, change } of steps) {
          if (restart) {
            const checkpoint = stage.checkpoint(state);
            stage.release?.(state);
            state = open(checkpoint);
            const replayed = run(state, log.slice(checkpoint.offset), checkpoint.offset);
            assert.deepEqual([replayed.points, replayed.events, replayed.refusals], [[], 0, []]);
          }
          if (change) {
            changed = !changed;
            use(changed ? MAPPINGS.replace('name: plays', 'name: played') : MAPPINGS);
          }
          const event = eventOf({ id: `${id}`, attributes: { song, seconds } });
          const { points, events } = run(state, [event], log.length);
          log.push(event);
          const isNew = !accepted.has(event.id);
          accepted.add(event.id);
          assert.equal(events, isNew ? 1 : 0);
          assert.equal(points.length, isNew ? (seconds === 'bad' ? 2 : 3) : 0);
          ids.push(...points.map((point) => point.id));
        }
        assert.equal(new Set(ids).size, ids.length);
      }),
      { numRuns: 60 },
    );
  });

  it('let the time of their partition be known', () => {
    const { stage, open, run } = worker();
    const state = open();
    run(state, [eventOf({ timestamp: NOW - 7_000 }), eventOf({ timestamp: NOW - 9_000 })]);
    assert.equal(stage.time?.(state).time, NOW - 7_000);
    run(state, [], 2, NOW + 60_000);
    run(state, [eventOf({ timestamp: NOW + 80_000 })], 2, NOW + 60_000);
    assert.equal(stage.time?.(state).time, NOW + 60_000);
  });
});
