import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { metricMatcher, type Wanted, wantsTags } from '../../../../services/api/live/wanted.js';
import type { Series } from '../../../../shared/wire/series.js';
import { HubFixture, type TestClient } from './hub-fixture.js';

const tenants = fc.constantFrom('t', 'u');
const metrics = fc.constantFrom('cpu', 'cpu.user', 'disk');
const tagSets = fc.constantFrom<Record<string, string>>(
  {},
  { host: 'a' },
  { host: 'b' },
  { host: 'a', core: '1' },
);
const series = fc.record({ tenantId: tenants, metric: metrics, tags: tagSets });
const wanted = fc.record({
  tenantId: tenants,
  metrics: fc.array(fc.constantFrom('*', 'cpu', 'cpu*', '?isk', 'none'), { minLength: 1, maxLength: 2 }),
  tags: fc.constantFrom<Record<string, string>>({}, { host: 'a' }),
  kinds: fc.constant(new Set(['metrics'] as const)),
});
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('points' as const),
        series: fc.array(series, { maxLength: 5 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(10, 50, 200) }),
    },
    fc.record({
      do: fc.constant('subscribe' as const),
      client: fc.nat(2),
      id: fc.constantFrom('a', 'b'),
      wanted,
    }),
    fc.record({ do: fc.constant('unsubscribe' as const), client: fc.nat(2), id: fc.constantFrom('a', 'b') }),
    fc.record({ do: fc.constant('block' as const), client: fc.nat(2), blocked: fc.boolean() }),
  ),
  { maxLength: 40 },
);

const nameOf = ({ tenantId, metric, tags }: Series) =>
  JSON.stringify([tenantId, metric, Object.entries(tags).sort()]);

const wants = (one: Wanted, of: Series) =>
  one.tenantId === of.tenantId && metricMatcher(one.metrics)(of.metric) && wantsTags(one, of);

/** Checks what a client has got since `from` against all that it ever wanted. */
function checkGot(client: TestClient, everWanted: readonly Wanted[]): void {
  const last = new Map<string, number>();
  for (const update of client.updates) {
    assert.ok(
      everWanted.some((one) => wants(one, update)),
      'what it never asked for',
    );
    const before = last.get(nameOf(update)) ?? -1;
    assert.ok(update.offset >= before, 'a step back');
    last.set(nameOf(update), update.offset);
  }
}

test('what a client got, applied, is the newest state of what it wants; never more, never older', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const fixture = new HubFixture({ slowCloseMs: 1e9 });
      const clients = [fixture.client(), fixture.client(), fixture.client()];
      const everWanted: Wanted[][] = [[], [], []];
      const newest = new Map<string, { series: Series; value: number }>();
      let value = 0;
      for (const step of given) {
        if (step.do === 'points') {
          const points = step.series.map((one) => ({ ...one, value: value++ }));
          for (const point of points) newest.set(nameOf(point), { series: point, value: point.value });
          fixture.points(...points);
        } else if (step.do === 'pass') fixture.pass(step.ms);
        else {
          const client = clients[step.client] as TestClient;
          if (step.do === 'block') client.buffered = step.blocked ? 1e9 : 0;
          else if (step.do === 'unsubscribe') fixture.hub.unsubscribe(client.client, step.id);
          else {
            fixture.hub.subscribe(client.client, step.id, step.wanted);
            everWanted[step.client]?.push(step.wanted);
          }
        }
      }
      for (const client of clients) client.buffered = 0;
      fixture.pass(300);
      clients.forEach((client, i) => {
        checkGot(client, everWanted[i] ?? []);
        const state = new Map(client.updates.map((update) => [nameOf(update), update.value]));
        for (const { series: one, value: newestValue } of newest.values()) {
          const isWanted = [...client.client.subscriptions.values()].some(({ wanted: each }) =>
            wants(each, one),
          );
          if (isWanted) assert.equal(state.get(nameOf(one)), newestValue);
        }
        assert.ok(client.client.outbox.empty);
      });
      assert.equal(fixture.hub.pending, false);
    }),
    { numRuns: 150 },
  );
});

test('memory of series stays within its bound, and nothing is left when all have gone', () => {
  const many = fc.array(
    fc.record({ tenantId: tenants, metric: fc.string({ minLength: 1, maxLength: 40 }) }),
    {
      minLength: 20,
      maxLength: 80,
    },
  );
  fc.assert(
    fc.property(many, wanted, (points, one) => {
      const fixture = new HubFixture({ maxSeriesBytes: 10_000 });
      const client = fixture.client();
      fixture.hub.subscribe(client.client, 'a', one);
      for (const point of points) {
        fixture.points({ ...point, tags: {}, value: 1 });
        fixture.now += 100;
        const { table } = fixture.hub;
        assert.ok(table.bytes <= 10_000);
        let sum = 0;
        for (const tenantId of ['t', 'u'])
          for (const metric of table.tenant(tenantId)?.metrics.values() ?? [])
            for (const each of metric.series) sum += each.bytes;
        assert.equal(sum, table.bytes);
      }
      fixture.hub.close(client.client);
      for (const tenantId of ['t', 'u'])
        for (const metric of fixture.hub.table.tenant(tenantId)?.metrics.values() ?? [])
          for (const each of metric.series) assert.equal(each.watched, false);
      assert.equal(fixture.hub.subscriptions, 0);
    }),
    { numRuns: 20 },
  );
});
