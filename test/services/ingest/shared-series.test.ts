import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { LiveSeries } from '../../../services/ingest/live-series.js';
import { SharedSeries } from '../../../services/ingest/shared-series.js';
import type { WithoutStore } from '../../../shared/quotas/shared-quotas.js';
import { MemorySeries } from '../../support/memory-series.js';

const NOON = 1_700_049_600_000;
const IDLE_MS = 600_000;

/** The ingest workers of an installation, each with some of the partitions. */
class Site {
  readonly store = new MemorySeries();
  readonly workers: { series: LiveSeries; room: SharedSeries; alone: number; failures: number }[] = [];
  /** Series that were let in and are not forgotten, by partition: what changelogs have. */
  readonly kept: Map<number, string>[];
  /** By partition. */
  readonly owners: number[];
  now = NOON;
  limit: number;

  constructor(
    workers: number,
    readonly partitions: number,
    limit: number,
    readonly withoutStore: WithoutStore = 'local',
    store: MemorySeries | null = this.store,
  ) {
    this.limit = limit;
    this.kept = Array.from({ length: partitions }, () => new Map());
    this.owners = Array.from({ length: partitions }, (_, i) => i % workers);
    for (let i = 0; i < workers; i++) {
      const series: LiveSeries = new LiveSeries(1_000_000, {
        decide: (request) => worker.room.decide(request),
      });
      const room = new SharedSeries(
        {
          ...{ store, withoutStore, limitOf: () => this.limit },
          failed: () => {
            worker.failures += 1;
          },
          alone: () => {
            worker.alone += 1;
          },
        },
        () => series.partitions,
      );
      const worker = { series, room, alone: 0, failures: 0 };
      this.workers.push(worker);
    }
    for (let p = 0; p < partitions; p++) this.#of(p).series.open(p);
    this.share();
  }

  get total(): number {
    return this.kept.reduce((sum, { size }) => sum + size, 0);
  }

  #of(partition: number) {
    return this.workers[this.owners[partition] as number] as (typeof this.workers)[number];
  }

  share(): void {
    for (const [i, { room }] of this.workers.entries()) {
      room.share = this.owners.filter((owner) => owner === i).length / this.partitions;
      room.partitions = this.partitions;
    }
  }

  /** Sends a point of a series. Gives whether it is let in. */
  async send(partition: number, name: number, tenant = 'acme', weight = 1): Promise<boolean> {
    const { series, room } = this.#of(partition);
    if (series.touch(name, partition, partition, this.now)) return true;
    for (let times = 0; times < 2; times++) {
      const refused = series.admit(name, partition, tenant, this.limit, partition, this.now, weight);
      if (refused === null) this.kept[partition]?.set(name, tenant);
      if (refused !== 'ask') return refused === null;
      await room.ask(partition);
    }
    throw new Error('it is not decided after it was asked');
  }

  /** What workers do once a second, and sooner until all is counted. */
  async refresh(): Promise<void> {
    for (let times = 0, all = false; !all && times < 5; times++) {
      all = true;
      for (const { room } of this.workers) all = (await room.refresh()) && all;
    }
  }

  /** Another worker takes a partition over, and has what its changelog has. */
  move(partition: number, to: number): void {
    this.#of(partition).series.release(partition);
    this.owners[partition] = to;
    const { series } = this.#of(partition);
    series.open(partition);
    for (const [name, tenant] of this.kept[partition] ?? [])
      series.restore(name, partition, tenant, partition);
    this.share();
  }

  /** A worker forgets what it has not seen since. */
  sweep(partition: number): void {
    const gone = this.#of(partition).series.sweep(partition, this.now, IDLE_MS);
    for (const { low } of gone) this.kept[partition]?.delete(low);
  }
}

describe('series that several workers count together', () => {
  it('are let in up to the limit, and a hundredth more at most, in whichever partitions they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 2, 3),
        fc.constantFrom(7, 100, 1_000),
        fc.array(fc.oneof({ weight: 60, arbitrary: fc.nat(7) }, { weight: 1, arbitrary: fc.constant(-1) }), {
          minLength: 20,
          maxLength: 60,
        }),
        async (workers, limit, places) => {
          const site = new Site(workers, 8, limit);
          await site.refresh();
          let name = 0;
          let refused = 0;
          const each = Math.ceil((limit * 1.4) / places.length);
          for (const place of places) {
            if (place < 0) await site.refresh();
            else
              for (let i = 0; i < each; i++) {
                const before = site.total;
                if (await site.send(place, ++name)) continue;
                refused += 1;
                assert.ok(before >= limit, `refused with ${before} of ${limit}`);
              }
          }
          assert.ok(site.total <= limit + limit / 100, `${site.total} of ${limit}`);
          // Known ones go on, and so they do with whoever takes their partitions over.
          for (let p = 0; p < 8; p++) {
            if (workers > 1) site.move(p, (p + 1) % workers);
            for (const known of site.kept[p]?.keys() ?? []) assert.ok(await site.send(p, known));
          }
          assert.equal(refused > 0, name > site.total);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are let in so by partitions that all ask at once, while workers bring the store up to date', async () => {
    for (const limit of [40, 800, 2_000]) {
      const site = new Site(3, 8, limit);
      await site.refresh();
      let refused = 0;
      const fill = async (partition: number) => {
        for (let i = 0; i < limit / 2; i++) {
          const before = site.total;
          if (await site.send(partition, i)) continue;
          refused += 1;
          assert.ok(site.total >= limit - 8, `refused with ${before} of ${limit}`);
        }
      };
      let filling = true;
      const refreshing = (async () => {
        while (filling) {
          await site.refresh();
          await setImmediate();
        }
      })();
      await Promise.all(Array.from({ length: 8 }, (_, partition) => fill(partition))).finally(() => {
        filling = false;
      });
      await refreshing;
      assert.ok(
        refused > 0 && site.total >= limit && site.total <= limit * 1.01,
        `${site.total} of ${limit}`,
      );
    }
  });

  it('of a tenant that is far below its limit are not asked for one by one', async () => {
    const site = new Site(2, 8, 80_000);
    await site.refresh();
    site.store.asked = 0;
    for (let name = 0; name < 5_000; name++) assert.ok(await site.send(name % 8, name));
    assert.ok(site.store.asked < 60, `${site.store.asked}`);
  });

  it('are refused without asking once their tenant is known to be full', async () => {
    const site = new Site(2, 4, 100);
    await site.refresh();
    for (let name = 0; name < 110; name++) await site.send(name % 4, name);
    site.store.asked = 0;
    for (let name = 1_000; name < 2_000; name++) assert.equal(await site.send(name % 4, name), false);
    assert.equal(site.store.asked, 0);
    // Others have their own room.
    assert.ok(await site.send(0, 5_000, 'other'));
  });

  it('that are forgotten make room in all workers, within a second', async () => {
    const site = new Site(2, 4, 100);
    await site.refresh();
    for (let name = 0; name < 100; name++) assert.ok(await site.send(0, name));
    assert.equal(await site.send(1, 1_000), false);
    site.sweep(0);
    site.now += IDLE_MS + 120_000;
    site.sweep(0);
    assert.equal(site.total, 0);
    await site.refresh();
    await site.refresh();
    for (let name = 2_000; name < 2_100; name++) assert.ok(await site.send(1, name));
  });

  it('of a worker that was killed go on counting, once, until its partitions have another', async () => {
    const site = new Site(3, 6, 600);
    await site.refresh();
    for (let name = 0; name < 300; name++) assert.ok(await site.send(0, name));
    // The store does not know of the last of them yet.
    let name = 1_000;
    while (site.total < 500) assert.ok(await site.send(1, ++name));
    for (let i = 0; i < 200; i++) await site.send(1, ++name);
    assert.ok(site.total >= 600 && site.total <= 606, `${site.total}`);
    site.move(0, 1);
    site.move(3, 2);
    for (let i = 0; i < 50; i++) await site.send(i % 6, ++name);
    assert.ok(site.total <= 606, `${site.total}`);
    await site.refresh();
    for (let i = 0; i < 50; i++) assert.equal(await site.send(i % 6, ++name), false);
    assert.equal(site.store.total('acme'), site.total);
    for (const known of site.kept[0]?.keys() ?? []) assert.ok(await site.send(0, known));
  });

  it('have less room when the limit is lowered, and more when it is raised; known ones stay', async () => {
    const site = new Site(2, 4, 100);
    await site.refresh();
    for (let name = 0; name < 80; name++) assert.ok(await site.send(name % 4, name));
    site.limit = 50;
    for (let name = 100; name < 200; name++) assert.equal(await site.send(name % 4, name), false);
    for (let name = 0; name < 80; name++) assert.ok(await site.send(name % 4, name));
    site.limit = 90;
    for (let name = 200; name < 210; name++) assert.ok(await site.send(name % 4, name), `${name}`);
    assert.equal(await site.send(1, 300), false);
  });

  it('are not decided by a store that has lost its data, until all workers have counted anew', async () => {
    const site = new Site(2, 4, 1_000);
    await site.refresh();
    for (let name = 0; name < 900; name++) assert.ok(await site.send(name % 2, name));
    site.store.lose();
    // 450 each are within a half of the limit, and no more than 500 of each are until the other has counted.
    let name = 1_000;
    for (let i = 0; i < 200; i++) await site.send(0, ++name);
    assert.ok(site.total <= 955, `${site.total}`);
    await site.refresh();
    await site.refresh();
    for (let i = 0; i < 200; i++) await site.send(2, ++name);
    assert.ok(site.total >= 1_000 && site.total <= 1_010, `${site.total}`);
    assert.ok(site.store.total('acme') >= 1_000);
  });

  it('are not let in beyond the limit once more each time that partitions are counted anew', async () => {
    const site = new Site(2, 4, 1_000);
    await site.refresh();
    for (let name = 0; name < 2_000; name++) await site.send(name % 4, name);
    const { total } = site;
    assert.ok(total >= 1_000 && total <= 1_010, `${total}`);
    for (let times = 1; times <= 3; times++) {
      site.store.lose();
      await site.refresh();
      for (let name = 0; name < 100; name++) await site.send(name % 4, times * 10_000 + name);
      assert.equal(site.total, total);
    }
  });

  it('count by parts of the partitions while the store is away, are all let in, or none', async () => {
    for (const [mode, most] of [
      ['local', 50],
      ['open', 100],
      ['closed', 0],
    ] as const) {
      const site = new Site(2, 4, 100, mode);
      await site.refresh();
      site.store.hangs = true;
      for (let name = 0; name < 200; name++) await site.send(0, name);
      assert.equal(site.total, most, mode);
      assert.ok((site.workers[0]?.alone ?? 0) >= 100);
      assert.equal(site.workers[0]?.failures, 1, 'who waits for it is one');
      site.store.hangs = false;
      await site.refresh();
      await site.refresh();
      let name = 1_000;
      while (site.total < 100) assert.ok(await site.send(3, ++name));
      for (let i = 0; i < 10; i++) assert.equal(await site.send(i % 4, ++name), false);
    }
  });

  it('count by parts of the partitions where workers do not count together', async () => {
    const site = new Site(2, 4, 100, 'open', null);
    for (let name = 0; name < 200; name++) await site.send(0, name);
    assert.equal(site.total, 50);
  });

  it('need no store where one worker has all partitions', async () => {
    const site = new Site(1, 4, 100, 'closed');
    site.store.ready = false;
    await site.refresh();
    for (let name = 0; name < 200; name++) await site.send(name % 4, name);
    assert.equal(site.total, 100);
    assert.deepEqual([site.workers[0]?.alone, site.workers[0]?.failures], [0, 0]);
  });

  it('count once in a worker where they come in several of its partitions, whichever of these goes', () => {
    const series = new LiveSeries(100);
    const counts = () => [...series.partitions].map(([p, { counts: of }]) => [p, of.get('acme') ?? 0]);
    for (const partition of [0, 1, 2]) assert.equal(series.admit(1, 1, 'acme', 1, partition, NOON), null);
    series.admit(2, 2, 'acme', 10, 1, NOON, 3);
    assert.deepEqual(counts(), [
      [0, 1],
      [1, 3],
      [2, 0],
    ]);
    series.release(0);
    assert.equal(series.size, 2);
    assert.equal(
      counts().reduce((sum, [, count]) => sum + (count as number), 0),
      4,
    );
    series.release(1);
    assert.deepEqual(counts(), [[2, 1]]);
    assert.deepEqual(series.admit(3, 3, 'acme', 1, 2, NOON), { scope: 'tenant', limit: 1, weight: 1 });
  });
});
