import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { OldTransactions } from '../../../../support/old-transactions.js';
import { sharedServers } from '../../../../support/servers.js';
import { intercept, NO_MEMBER, TransactionsFixture } from './transactions-fixture.js';

for (const version of [1, 2] as const)
  describe(`taking partitions over, version ${version}`, { timeout: 240_000 }, () => {
    let fixture: TransactionsFixture;
    let restore = () => {};

    before(async () => {
      fixture = await TransactionsFixture.start({ servers: sharedServers() });
    });
    afterEach(() => restore());
    after(() => fixture.stop());

    /** As a process that is killed before it sends this request. */
    const leaveOpen = async (instanceId: string, what: string, before = 'EndTxn', membership = NO_MEMBER) => {
      const killed = await fixture.open(instanceId, version);
      const reached = new Promise<void>((resolve) => {
        restore = intercept(async (request, send) => {
          if (request.apiName !== before) return await send();
          resolve();
          return await new Promise(() => {});
        });
      });
      void fixture.commit(killed, [fixture.content(0, what, 99)], membership);
      await reached;
      restore();
    };

    it('aborts at once what the build before left open, and fences its owner', async () => {
      const { groupId, kafka, input, output } = fixture;
      const old = await OldTransactions.open(kafka, { groupId, topic: input, partition: 0 });
      await old.write(output, 0, [{ key: 'old', value: Buffer.from('old') }]);
      await old.writeOffset(7, '{"v":1}');
      const owner = await fixture.open('owner', version);
      const began = performance.now();
      assert.deepEqual(await fixture.takeOver(owner, 0), new Map([[`${input}[0]`, null]]));
      assert.ok(performance.now() - began < 1_900, `${performance.now() - began} ms`);
      await assert.rejects(old.commit());
      assert.deepEqual(await fixture.keys('alerts'), []);
      await old.close();
    });

    it('reads a checkpoint of the build before as it is', async () => {
      const { groupId, kafka, input } = fixture;
      const old = await OldTransactions.open(kafka, { groupId, topic: input, partition: 1 });
      await old.writeOffset(7, '{"v":1}');
      await old.commit();
      const found = await fixture.takeOver(await fixture.open('reader', version), 1);
      assert.deepEqual(found.get(`${input}[1]`), { offset: 7, metadata: '{"v":1}', ours: false });
      await old.close();
    });

    it('aborts at once what an earlier process with its id left open', async () => {
      await leaveOpen('stable', 'left open');
      const began = performance.now();
      await fixture.takeOver(await fixture.open('stable', version), 0);
      // Readers wait for the end of an open transaction.
      assert.ok(!(await fixture.keys('alerts')).includes('left open'));
      assert.ok(performance.now() - began < 2_000, `${performance.now() - began} ms`);
    });

    it('aborts what an owner with another id left open', async () => {
      await fixture.commit(await fixture.open('gone', version), [fixture.content(0, 'before', 95)]);
      await leaveOpen('gone', 'never to be seen');
      const began = performance.now();
      const found = await fixture.takeOver(await fixture.open('heir', version), 0);
      const took = performance.now() - began;
      assert.ok(took < 3_000, `${took} ms`);
      assert.equal(found.get(`${fixture.input}[0]`)?.offset, 95);
      assert.ok(!(await fixture.keys('alerts')).includes('never to be seen'));
    });

    it('aborts what another process has written, even where no offset names it', async () => {
      await leaveOpen('stranger', 'never to be seen', 'TxnOffsetCommit');
      const began = performance.now();
      await fixture.takeOver(await fixture.open('heir', version), 1);
      assert.ok(!(await fixture.keys('alerts')).includes('never to be seen'));
      const took = performance.now() - began;
      assert.ok(took < 3_000, `${took} ms`);
    });

    it('leaves alone what a member of the group is at, until it is one no more', async () => {
      await fixture.commit(await fixture.open('busy', version), [fixture.content(0, 'before', 96)]);
      const { member, assignments } = await fixture.join(`${fixture.groupId}/busy`);
      await leaveOpen('busy', 'never to be seen', 'EndTxn', assignments[0]?.membership);
      const heir = await fixture.open('heir', version);
      // Longer than it is waited for where nobody knows who is a member.
      const wanted = AbortSignal.timeout(4_000);
      const initialised: string[] = [];
      restore = intercept(async (request, send) => {
        if (request.apiName === 'InitProducerId') initialised.push(request.apiName);
        return await send();
      });
      await assert.rejects(heir.takeOver(fixture.partitions(0), wanted), {
        code: 'TACTUS_KAFKA_UNAVAILABLE',
      });
      assert.deepEqual(initialised, []);
      restore();
      await member.leave();
      const began = performance.now();
      const found = await fixture.takeOver(heir, 0);
      assert.equal(found.get(`${fixture.input}[0]`)?.offset, 96);
      assert.ok(performance.now() - began < 3_000, `${performance.now() - began} ms`);
    });

    it('ends when it is no longer wanted', async () => {
      await leaveOpen('gone', 'never to be seen');
      const heir = await fixture.open('heir', version);
      // Nobody says who has left something open.
      restore = intercept(async (request, send) => {
        if (request.apiName === 'ListTransactions') throw new Error('the connection was closed');
        return await send();
      });
      const wanted = AbortSignal.timeout(200);
      await assert.rejects(heir.takeOver(fixture.partitions(0), wanted), {
        code: 'TACTUS_KAFKA_UNAVAILABLE',
      });
    });
  });
