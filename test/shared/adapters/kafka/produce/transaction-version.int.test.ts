import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { WorkerTransactions } from '../../../../../shared/ports/log.js';
import { finalizeTransactionVersion } from '../../../../support/finalize-transaction-version.js';
import { PipelineFixture } from '../../../../support/pipeline-fixture.js';
import { until } from '../../../../support/until.js';
import { intercept, TransactionsFixture } from './transactions-fixture.js';

/** More than the session takes what it knows of the cluster for true. */
const LATER_MS = 61_000;
/** Versions that mean transactions of version 2, whatever the cluster has finalized. */
const VERSION_2 = { Produce: 12, TxnOffsetCommit: 5, EndTxn: 5, InitProducerId: 5 };

describe('the version of transactions that a cluster has finalized', { timeout: 240_000 }, () => {
  let own: PipelineFixture;
  let fixture: TransactionsFixture;
  let restore = () => {};

  before(async () => {
    own = await PipelineFixture.start(['kafka']);
    fixture = await TransactionsFixture.start({ servers: own.stack.env });
  });
  afterEach(() => restore());
  after(async () => {
    await fixture.stop();
    await own.stop();
  });

  /** The versions of requests that are sent from now on, by name. */
  const watch = () => {
    const versions = new Map<string, Set<number>>();
    restore = intercept(async ({ apiName, apiVersion }, send) => {
      versions.set(apiName, (versions.get(apiName) ?? new Set()).add(apiVersion));
      return await send();
    });
    return versions;
  };
  /** The same content until it is committed. */
  const commit = async (worker: WorkerTransactions, what: string, offset: number) => {
    const contents = [0, 1].map((partition) => fixture.content(partition, `${what}-${partition}`, offset));
    await until(`${what} to be committed`, async () => {
      const { outcome } = await fixture.commit(worker, contents);
      assert.notEqual(outcome, 'lost');
      return outcome === 'committed';
    });
  };

  it('is kept to, though the brokers know a newer one', async () => {
    await finalizeTransactionVersion(fixture.kafka, 1);
    const versions = watch();
    const worker = await fixture.open('old');
    for (let i = 1; i <= 3; i++) await commit(worker, `old-${i}`, i);
    assert.ok(versions.has('AddPartitionsToTxn') && versions.has('AddOffsetsToTxn'));
    for (const [name, version] of Object.entries(VERSION_2)) {
      const sent = [...(versions.get(name) ?? [])];
      assert.ok(sent.length > 0 && Math.max(...sent) < version, `${name} ${sent}`);
    }
    assert.equal((await fixture.keys('alerts')).length, 6);
  });

  it('may be raised and lowered under load: nothing is lost, and nothing comes twice', async (t) => {
    const real = performance.now.bind(performance);
    let ahead = 0;
    t.mock.method(performance, 'now', () => real() + ahead);
    await finalizeTransactionVersion(fixture.kafka, 1);
    const worker = await fixture.open('load');
    let commits = 0;
    let look = false;
    let ended = false;
    const load = (async () => {
      while (!ended) {
        // A clock that goes on in the middle of a commit would end its patience.
        if (look) ahead += LATER_MS;
        look = false;
        commits += 1;
        await commit(worker, `load-${commits}`, 1_000 + commits);
      }
    })();
    const more = async () => {
      const wanted = commits + 20;
      await until('more commits', () => commits >= wanted);
    };
    await more();
    for (const [version, produce] of [
      [2, 12],
      [1, 8],
    ] as const) {
      await finalizeTransactionVersion(fixture.kafka, version);
      await more();
      look = true;
      await until('the session to look', () => !look);
      await more();
      const versions = watch();
      await more();
      restore();
      assert.deepEqual([...(versions.get('Produce') ?? [])], [produce]);
    }
    ended = true;
    await load;
    const wanted = Array.from({ length: commits }, (_, i) => [0, 1].map((p) => `load-${i + 1}-${p}`)).flat();
    for (const topic of ['alerts', 'state.alerting'])
      assert.deepEqual(
        (await fixture.keys(topic)).filter((key) => key.startsWith('load')),
        wanted.toSorted(),
      );
  });
});
