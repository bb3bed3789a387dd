import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { ProduceAnswer } from '../../../../../shared/adapters/kafka/protocol/produce-request.js';
import { OutputBatch } from '../../../../../shared/core/output-batch.js';
import type { CommitResult, WorkerTransactions } from '../../../../../shared/ports/log.js';
import { sharedServers } from '../../../../support/servers.js';
import { until } from '../../../../support/until.js';
import { intercept, NO_MEMBER, TransactionsFixture, withoutLeader } from './transactions-fixture.js';

for (const version of [1, 2] as const)
  describe(`transactions of a worker, version ${version}`, { timeout: 240_000 }, () => {
    let fixture: TransactionsFixture;
    let restore = () => {};

    before(async () => {
      fixture = await TransactionsFixture.start({ servers: sharedServers() });
    });
    afterEach(() => restore());
    after(() => fixture.stop());

    const outcome = ({ outcome }: CommitResult) => outcome;
    const visible = async () => {
      const keys = await fixture.keys('alerts');
      assert.deepEqual(await fixture.keys('state.alerting'), keys, 'outputs and changelog go together');
      return keys;
    };

    it('commits outputs, changes and offsets of several partitions at once, and gives the metadata back', async () => {
      const worker = await fixture.open('several', version);
      assert.deepEqual(
        await fixture.takeOver(worker, 0, 1),
        new Map([
          [`${fixture.input}[0]`, null],
          [`${fixture.input}[1]`, null],
        ]),
      );
      for (let i = 1; i <= 3; i++) {
        const contents = [
          fixture.content(0, `a${i}`, i * 10, '{"v":1}'),
          fixture.content(1, `b${i}`, i * 10 + 1),
        ];
        const result = await fixture.commit(worker, contents);
        assert.equal(outcome(result), 'committed');
        assert.ok(contents.every(({ outputs }) => outputs[0]?.length === 1, 'outputs are kept'));
      }
      assert.deepEqual(await visible(), ['a1', 'a2', 'a3', 'b1', 'b2', 'b3']);
      assert.match(
        (await fixture.committed(0)).metadata,
        /^\{"v":1,"txn":".*group\/several","commit":\d+\}$/,
      );
      const next = await fixture.open('next', version);
      assert.deepEqual(
        await fixture.takeOver(next, 0, 1),
        new Map([
          [`${fixture.input}[0]`, { offset: 30, metadata: '{"v":1}', ours: true }],
          [`${fixture.input}[1]`, { offset: 31, metadata: '', ours: true }],
        ]),
      );
    });

    it('says how far what it has written reaches', async () => {
      const worker = await fixture.open('ends', version);
      const result = await fixture.commit(worker, [fixture.content(0, 'c1', 40)]);
      assert.ok(result.outcome === 'committed');
      const [[partition, end] = [0, 0]] = [...(result.ends.get(fixture.output) ?? [])];
      // Behind the records comes the marker of the transaction, some time after the answer.
      await until('the marker', async () => {
        const range = await fixture.reading.reader.range(fixture.output, partition);
        assert.ok(range.end <= end + 1, 'nothing else is there');
        return range.end === end + 1;
      });
    });

    it('sends nothing for a cut without content', async () => {
      const worker = await fixture.open('empty', version);
      const sent: string[] = [];
      restore = intercept((request, send) => {
        sent.push(request.apiName);
        return send();
      });
      assert.equal(outcome(await fixture.commit(worker, [])), 'committed');
      assert.deepEqual(sent, []);
      const onlyOffset = { ...fixture.content(0, '', 41), outputs: [], changes: [] };
      assert.equal(outcome(await fixture.commit(worker, [onlyOffset])), 'committed');
      const wanted = version === 1 ? ['AddOffsetsToTxn'] : [];
      assert.deepEqual(sent, [...wanted, 'TxnOffsetCommit', 'EndTxn']);
    });

    it('sends nothing while nobody leads a partition that outputs go to, and says whose they are', async () => {
      const worker = await fixture.open('leaderless', version);
      const lost = { topic: `${fixture.prefix}state.alerting`, partition: 1 };
      const leaders = withoutLeader(lost);
      const sent: string[] = [];
      restore = intercept((request, send) => {
        sent.push(request.apiName);
        return send();
      });
      const [first, second] = [fixture.content(0, 'led', 50), fixture.content(1, 'not led', 51)];
      const result = await fixture.commit(worker, [first, second]);
      leaders();
      assert.ok(result.outcome === 'leaderless');
      assert.deepEqual([...result.inputs], [`${fixture.input}[1]`]);
      assert.match(result.error.message, /nobody leads .*state\.alerting\[1\]/);
      assert.deepEqual(sent, []);
      assert.equal(outcome(await fixture.commit(worker, [first])), 'committed');
      assert.equal(outcome(await fixture.commit(worker, [second])), 'committed');
      const keys = await visible();
      assert.ok(keys.includes('led') && keys.includes('not led'));
    });

    it('ends with a cut without content what the call before left open', async () => {
      const worker = await fixture.open('orphan', version);
      restore = intercept((request, send) => {
        if (request.apiName === 'TxnOffsetCommit') throw new Error('the connection was closed');
        return send();
      });
      await assert.rejects(fixture.commit(worker, [fixture.content(0, 'orphan', 42)]), {
        code: 'TACTUS_KAFKA_UNAVAILABLE',
      });
      restore();
      const began = performance.now();
      assert.equal(outcome(await fixture.commit(worker, [])), 'committed');
      // Readers wait for the end of an open transaction.
      assert.ok(!(await visible()).includes('orphan'));
      assert.ok(performance.now() - began < 3_000, `${performance.now() - began} ms`);
    });

    for (const done of [true, false])
      it(`finds out that a commit without an answer was ${done ? '' : 'not '}done, and commits once`, async () => {
        const worker = await fixture.open(`unanswered-${done}`, version);
        const what = `unanswered-${done}`;
        await fixture.takeOver(worker, 0, 1);
        let ended = 0;
        restore = intercept(async (request, send) => {
          if (request.apiName !== 'EndTxn') return await send();
          ended += 1;
          if (done) await send();
          throw new Error('the connection was closed');
        });
        const contents = [fixture.content(0, `${what}-0`, 50), fixture.content(1, `${what}-1`, 50)];
        const result = await fixture.commit(worker, contents);
        assert.ok(ended > 1, 'EndTxn is repeated');
        assert.equal(outcome(result), done ? 'committed' : 'aborted');
        restore();
        if (!done) assert.equal(outcome(await fixture.commit(worker, contents)), 'committed');
        assert.equal((await visible()).filter((key) => key.startsWith(what)).length, 2);
      });

    it('commits the same content again when its transaction has taken too long', async () => {
      const worker = await fixture.open('slow', version);
      await fixture.takeOver(worker, 0);
      let outlasted = false;
      restore = intercept(async (request, send) => {
        if (request.apiName === 'EndTxn' && !outlasted) {
          outlasted = true;
          // Readers wait for the end of an open transaction: the broker's time-out.
          assert.ok(!(await fixture.keys('alerts')).includes('slow'));
        }
        return await send();
      });
      const contents = [fixture.content(0, 'slow', 55)];
      const first = await fixture.commit(worker, contents);
      assert.ok(first.outcome === 'aborted', outcome(first));
      assert.equal(first.error.code, 'TACTUS_KAFKA_UNAVAILABLE');
      assert.equal(outcome(await fixture.commit(worker, contents)), 'committed');
      assert.equal((await visible()).filter((key) => key === 'slow').length, 1);
    });

    it('leaves an unknown outcome to the next call when Kafka is away, and commits once', async () => {
      const worker = await fixture.open('away', version);
      await fixture.takeOver(worker, 0);
      let away = false;
      restore = intercept(async (request, send) => {
        if (away) throw new Error('the connection was closed');
        const answer = await send();
        if (request.apiName !== 'EndTxn') return answer;
        away = true;
        throw new Error('the connection was closed');
      });
      const contents = [fixture.content(0, 'away', 60)];
      await assert.rejects(fixture.commit(worker, contents), { code: 'TACTUS_KAFKA_UNAVAILABLE' });
      restore();
      assert.equal(outcome(await fixture.commit(worker, contents)), 'committed');
      assert.equal((await visible()).filter((key) => key === 'away').length, 1);
    });

    it('loses to an owner that has committed while the outcome was unknown', async () => {
      const worker = await fixture.open('overtaken', version);
      await fixture.takeOver(worker, 0);
      await fixture.commit(worker, [fixture.content(0, 'before', 65)]);
      let away = false;
      restore = intercept(async (request, send) => {
        away ||= request.apiName === 'EndTxn';
        if (away) throw new Error('the connection was closed');
        return await send();
      });
      const contents = [fixture.content(0, 'overtaken', 70)];
      await assert.rejects(fixture.commit(worker, contents), { code: 'TACTUS_KAFKA_UNAVAILABLE' });
      restore();
      const other = await fixture.open('other', version);
      await fixture.takeOver(other, 0);
      await fixture.commit(other, [fixture.content(0, 'by the other', 71)]);
      const result = await fixture.commit(worker, contents);
      assert.ok(result.outcome === 'lost', outcome(result));
      assert.ok(result.error.message.includes(`${fixture.input}[0]`), result.error.message);
      assert.ok(!(await visible()).includes('overtaken'));
    });

    it('repeats nothing of a partition that came back while the outcome was unknown', async () => {
      const worker = await fixture.open('returned', version);
      await fixture.takeOver(worker, 0, 1);
      let away = false;
      restore = intercept(async (request, send) => {
        if (away) throw new Error('the connection was closed');
        const answer = await send();
        away = request.apiName === 'EndTxn';
        return away ? await Promise.reject(new Error('the connection was closed')) : answer;
      });
      const [kept, gone] = [fixture.content(0, 'kept', 72), fixture.content(1, 'gone', 72)];
      await assert.rejects(fixture.commit(worker, [kept, gone]), { code: 'TACTUS_KAFKA_UNAVAILABLE' });
      restore();
      const back = await fixture.takeOver(worker, 1);
      assert.equal(back.get(`${fixture.input}[1]`)?.offset, 72, 'it was committed after all');
      const result = await fixture.commit(worker, [kept, fixture.content(1, 'new', 73)]);
      assert.equal(outcome(result), 'lost');
      const keys = await visible();
      assert.deepEqual([keys.filter((key) => key === 'kept').length, keys.includes('new')], [1, false]);
    });

    it('goes on under an id of its own when another instance has the same, with an alarm', async () => {
      const twins = [await fixture.open('twin', version), await fixture.open('twin', version)];
      let initialised = 0;
      restore = intercept(async (request, send) => {
        if (request.apiName === 'InitProducerId') initialised += 1;
        return await send();
      });
      const codes: string[] = [];
      const alarm = 'aborted TACTUS_INSTANCE_ID_SHARED';
      let committed = 0;
      // As long as there was no alarm, each fences the other.
      const committedBy = async (twin: number) => {
        const contents = [fixture.content(twin, `twin-${twin}`, 74)];
        for (let after = 0; after < 5; ) {
          const result = await fixture.commit(twins[twin] as WorkerTransactions, contents);
          if (codes.includes(alarm)) after += 1;
          if (result.outcome === 'committed') committed += 1;
          else codes.push(`${result.outcome} ${result.error.code}`);
        }
      };
      await Promise.all([committedBy(0), committedBy(1)]);
      assert.ok(codes.length <= 12, codes.join(', '));
      // Each may have to ask again while the other's transaction is being aborted.
      assert.ok(initialised < 60, `${initialised} times`);
      const keys = (await visible()).filter((key) => key.startsWith('twin'));
      assert.equal(keys.length, committed);
    });

    it('takes the same bytes once, however often a leader answers in vain', async () => {
      const worker = await fixture.open('repeated', version);
      const dropped = new Map<string, number>();
      restore = intercept(async (request, send) => {
        const answer = await send();
        const times = dropped.get(request.apiName) ?? 0;
        dropped.set(request.apiName, times + 1);
        if (times < 2) throw new Error('the connection was closed');
        return answer;
      });
      for (const what of ['repeated-1', 'repeated-2'])
        assert.equal(outcome(await fixture.commit(worker, [fixture.content(0, what, 75)])), 'committed');
      assert.equal((await visible()).filter((key) => key.startsWith('repeated')).length, 2);
    });

    it('aborts what the broker refuses, names it, and commits the rest', async () => {
      const worker = await fixture.open('large', version);
      const large = fixture.content(0, 'large', 80);
      large.outputs[0]?.add({ topic: 'alerts', key: 'large', value: Buffer.alloc(2_000_000) });
      const small = fixture.content(1, 'small', 81);
      const result = await fixture.commit(worker, [large, small]);
      assert.ok(result.outcome === 'refused', outcome(result));
      assert.equal(result.error.code, 'TACTUS_OUTPUT_REFUSED');
      assert.ok(result.error.message.includes(`${fixture.output}[`), result.error.message);
      const [batch] = large.outputs;
      assert.deepEqual(
        result.records?.map((one) => [one.batch === batch, one.index]),
        [[true, 1]],
      );
      const metadata = { ...small, checkpoint: { offset: 81, metadata: `{"v":"${'x'.repeat(5_000)}"}` } };
      const second = await fixture.commit(worker, [metadata]);
      assert.ok(second.outcome === 'refused', outcome(second));
      assert.ok(second.error.message.includes(`${fixture.input}[1]`), second.error.message);
      assert.equal(outcome(await fixture.commit(worker, [small])), 'committed');
      const keys = await visible();
      assert.deepEqual([keys.includes('large'), keys.includes('small')], [false, true]);
    });

    it('writes to a topic that takes only small sets, as soon as it knows that', async () => {
      const worker = await fixture.open('small-sets', version);
      await fixture.limit('alerts', 50_000);
      const value = Buffer.alloc(10_000);
      const changes = Array.from({ length: 100 }, (_, i) => ({ key: `many-${i}`, value: null }));
      const outputs = [OutputBatch.of(changes.map(({ key }) => ({ topic: 'alerts', key, value })))];
      const many = { ...fixture.content(0, '', 82), outputs, changes };
      assert.equal(outcome(await fixture.commit(worker, [many])), 'committed');
      await fixture.limit('alerts', 1_048_576);
      assert.equal((await visible()).filter((key) => key.startsWith('many')).length, 100);
    });

    it('names a topic that it may not write to, and blames no record for it', async () => {
      const worker = await fixture.open('forbidden', version);
      restore = intercept(async (request, send) => {
        const answer = await send();
        if (request.apiName !== 'Produce') return answer;
        const answers = answer as unknown as ProduceAnswer[];
        const forbidden = answers.map((one) => (one.topic === fixture.output ? { ...one, code: 29 } : one));
        return forbidden as never;
      });
      const contents = [fixture.content(0, 'forbidden', 85)];
      const result = await fixture.commit(worker, contents);
      assert.ok(result.outcome === 'refused', outcome(result));
      assert.deepEqual(result.records, []);
      assert.match(result.error.message, /alerts\[\d\]: TOPIC_AUTHORIZATION_FAILED \(29\)/);
      restore();
      assert.equal(outcome(await fixture.commit(worker, contents)), 'committed');
      assert.equal((await visible()).filter((key) => key === 'forbidden').length, 1);
    });

    it('refuses a member that the group does not know, with nothing to be seen of it', async () => {
      const worker = await fixture.open('stranger', version);
      const contents = [fixture.content(0, 'stranger', 90)];
      const stranger = { memberId: 'nobody', generationId: 3 };
      assert.equal(outcome(await fixture.commit(worker, contents, stranger)), 'generation');
      assert.ok(!(await visible()).includes('stranger'));
      assert.equal(outcome(await fixture.commit(worker, contents, NO_MEMBER)), 'committed');
    });
  });
