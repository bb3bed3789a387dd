import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { splitMark, withMark } from '../../../../../shared/adapters/kafka/produce/commit-mark.js';

const mark = { transactionalId: 'tactus.windowing-a"b', commit: 17 };

describe('the mark of a commit', () => {
  it('stands in the metadata of a stage, which stay readable, and are given back as they were', () => {
    const object = fc.oneof(fc.dictionary(fc.string(), fc.json()), fc.constant({}));
    const text = fc
      .tuple(object, fc.constantFrom(0, 2))
      .map(([value, space]) => JSON.stringify(value, null, space));
    fc.assert(
      fc.property(fc.oneof(text, fc.constantFrom('{ }', '{  }')), (own) => {
        const marked = withMark(own, mark);
        const { txn, commit, ...rest } = JSON.parse(marked) as Record<string, unknown>;
        assert.deepEqual([txn, commit], [mark.transactionalId, mark.commit]);
        assert.deepEqual(rest, JSON.parse(own));
        assert.deepEqual(splitMark(marked), { own, mark });
      }),
    );
  });

  it('says which topic the offset is of, which an earlier build passes over', () => {
    const topic = { topicId: 'x-_0123456789abcdefghi', epoch: 12 };
    const withTopic = { ...topic, ...mark };
    const own = '{"v":1,"next":5}';
    const marked = withMark(own, withTopic);
    assert.deepEqual(splitMark(marked), { own, mark: withTopic });
    // As that build splits it: what stands before the transaction is the stage's.
    const found = /"txn":("(?:[^"\\]|\\.)*"),"commit":(\d+)\}$/.exec(marked);
    const before = JSON.parse(`${marked.slice(0, (found?.index ?? 0) - 1)}}`);
    assert.deepEqual(before, { v: 1, next: 5, ...topic });
    const { epoch: _, ...withoutEpoch } = withTopic;
    assert.deepEqual(splitMark(withMark(own, withoutEpoch)), { own, mark: withoutEpoch });
    assert.equal(withMark('', withTopic), withMark('', mark), 'it would not know a stage without metadata');
  });

  it('stands alone where a stage has no metadata', () => {
    assert.equal(withMark('', { ...mark, transactionalId: 'a' }), '{"txn":"a","commit":17}');
    assert.deepEqual(splitMark(withMark('', mark)), { own: '', mark });
  });

  it('leaves alone what is no JSON object, and finds no mark in what an earlier version has written', () => {
    for (const text of ['12', '[{}]', 'text}', '{not json}', 'null'])
      assert.equal(withMark(text, mark), text);
    for (const text of ['', '{"v":1,"next":5}', '"txn":"a","commit":1}'])
      assert.deepEqual(splitMark(text), { own: text, mark: null });
  });

  it('keeps any text', () => {
    fc.assert(fc.property(fc.string(), (text) => assert.equal(splitMark(withMark(text, mark)).own, text)));
  });
});
