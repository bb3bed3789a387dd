import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnswerError } from '../../../../../shared/adapters/kafka/protocol/answers.js';
import { finalizedFeatures } from '../../../../../shared/adapters/kafka/protocol/api-versions.js';
import {
  describeGroup,
  isRebalancing,
} from '../../../../../shared/adapters/kafka/protocol/describe-group.js';
import { encodeMemberData } from '../../../../../shared/adapters/kafka/protocol/member-data.js';
import { offsetFetch } from '../../../../../shared/adapters/kafka/protocol/offset-fetch.js';
import { produceRequest } from '../../../../../shared/adapters/kafka/protocol/produce-request.js';
import type { PartsRequest } from '../../../../../shared/adapters/kafka/protocol/requests.js';
import {
  listOngoing,
  ongoingSince,
} from '../../../../../shared/adapters/kafka/protocol/transaction-listing.js';
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  initProducerId,
  txnOffsetCommit,
} from '../../../../../shared/adapters/kafka/protocol/transaction-requests.js';

/*
 * The bytes are put together here by hand from the message definitions of Apache Kafka 4.1
 * (clients/src/main/resources/common/message), field by field.
 */

const identity = { producerId: 258n, epoch: 3 };
const PRODUCER = '0000000000000102' + '0003';
const hex = (text: string) => Buffer.from(text).toString('hex');
const id = (text: string) => (text.length + 1).toString(16).padStart(2, '0') + hex(text);
const body = ({ parts }: PartsRequest<unknown>) => Buffer.concat([...parts]).toString('hex');
const bytes = (...hex: string[]) => Buffer.from(hex.join(''), 'hex');
const versionOf = ({ apiKey, apiVersion, flexible }: PartsRequest<unknown>) => [apiKey, apiVersion, flexible];
const NO_THROTTLE = '00000000';
const NO_TAGS = '00';

const code =
  (wanted: number, naming = '') =>
  (error: unknown) =>
    error instanceof AnswerError && error.code === wanted && error.message.includes(naming);

describe('requests of transactions', () => {
  it('encodes InitProducerId', () => {
    const request = initProducerId(1, 'txn', 10_000);
    assert.deepEqual(versionOf(request), [22, 4, true]);
    assert.deepEqual(versionOf(initProducerId(2, 'txn', 10_000)), [22, 5, true]);
    assert.equal(body(request), `${id('txn')}00002710ffffffffffffffffffff${NO_TAGS}`);
    assert.deepEqual(request.decode(bytes(NO_TAGS, NO_THROTTLE, '0000', PRODUCER, NO_TAGS)), identity);
    assert.throws(
      () => request.decode(bytes(NO_TAGS, NO_THROTTLE, '0033', 'ffffffffffffffff', 'ffff', NO_TAGS)),
      code(51, 'txn'),
    );
  });

  it('encodes AddPartitionsToTxn, and says which partition is at fault', () => {
    const request = addPartitionsToTxn('txn', identity, new Map([['out', [0, 2]]]));
    assert.deepEqual(versionOf(request), [24, 3, true]);
    assert.equal(
      body(request),
      [id('txn'), PRODUCER, '02', id('out'), '03', '00000000', '00000002', NO_TAGS, NO_TAGS].join(''),
    );
    const answer = (first: string, second: string) =>
      bytes(
        ...[NO_TAGS, NO_THROTTLE, '02', id('out'), '03', '00000000', first, NO_TAGS],
        ...['00000002', second, NO_TAGS, NO_TAGS, NO_TAGS],
      );
    request.decode(answer('0000', '0000'));
    assert.throws(() => request.decode(answer('0037', '0003')), code(3, 'out[2]'));
  });

  it('encodes AddOffsetsToTxn', () => {
    const request = addOffsetsToTxn('txn', identity, 'group');
    assert.deepEqual(versionOf(request), [25, 3, true]);
    assert.equal(body(request), [id('txn'), PRODUCER, id('group'), NO_TAGS].join(''));
    request.decode(bytes(NO_TAGS, NO_THROTTLE, '0000', NO_TAGS));
    assert.throws(() => request.decode(bytes(NO_TAGS, NO_THROTTLE, '000e', NO_TAGS)), code(14, 'group'));
  });

  it('encodes TxnOffsetCommit with member and generation', () => {
    const group = { groupId: 'group', memberId: 'me', generationId: 7 };
    const offsets = [
      { topic: 'in', partition: 1, offset: 260, metadata: '{}' },
      { topic: 'in', partition: 3, offset: 9, metadata: '' },
    ];
    const request = txnOffsetCommit(1, 'txn', identity, group, offsets);
    assert.deepEqual(versionOf(request), [28, 3, true]);
    assert.deepEqual(versionOf(txnOffsetCommit(2, 'txn', identity, group, offsets)), [28, 5, true]);
    assert.equal(
      body(request),
      [
        ...[id('txn'), id('group'), PRODUCER, '00000007', id('me'), '00', '02', id('in'), '03'],
        ...['00000001', '0000000000000104', 'ffffffff', id('{}'), NO_TAGS],
        ...['00000003', '0000000000000009', 'ffffffff', '01', NO_TAGS],
        ...[NO_TAGS, NO_TAGS],
      ].join(''),
    );
    const refused = bytes(
      ...[NO_TAGS, NO_THROTTLE, '02', id('in'), '02', '00000001', '0016', NO_TAGS, NO_TAGS, NO_TAGS],
    );
    assert.throws(() => request.decode(refused), code(22, 'in[1]'));
  });

  it('encodes EndTxn, which answers with the next identity in version 2', () => {
    const [first, second] = [endTxn(1, 'txn', identity, false), endTxn(2, 'txn', identity, true)];
    assert.deepEqual(
      [versionOf(first), versionOf(second)],
      [
        [26, 3, true],
        [26, 5, true],
      ],
    );
    assert.equal(body(first), [id('txn'), PRODUCER, '00', NO_TAGS].join(''));
    assert.equal(body(second), [id('txn'), PRODUCER, '01', NO_TAGS].join(''));
    assert.equal(first.decode(bytes(NO_TAGS, NO_THROTTLE, '0000', NO_TAGS)), null);
    assert.deepEqual(
      second.decode(bytes(NO_TAGS, NO_THROTTLE, '0000', '0000000000000200', '0000', NO_TAGS)),
      { producerId: 512n, epoch: 0 },
    );
  });

  it('encodes OffsetFetch, where a partition may have an error of its own', () => {
    const partitions = [1, 3].map((partition) => ({ topic: 'in', partition }));
    const request = offsetFetch('group', partitions, true);
    assert.deepEqual(versionOf(request), [9, 7, true]);
    assert.equal(
      body(request),
      [id('group'), '02', id('in'), '03', '00000001', '00000003', NO_TAGS, '01', NO_TAGS].join(''),
    );
    const answer = bytes(
      ...[NO_TAGS, NO_THROTTLE, '02', id('in'), '03'],
      ...['00000001', '0000000000000104', 'ffffffff', id('{}'), '0000', NO_TAGS],
      ...['00000003', 'ffffffffffffffff', 'ffffffff', '00', '0058', NO_TAGS],
      ...[NO_TAGS, '0000', NO_TAGS],
    );
    assert.deepEqual(request.decode(answer), [
      { topic: 'in', partition: 1, code: 0, offset: 260, metadata: '{}' },
      { topic: 'in', partition: 3, code: 88, offset: -1, metadata: '' },
    ]);
  });

  it('reads the finalized features of ApiVersions', () => {
    const request = finalizedFeatures();
    assert.deepEqual(versionOf(request), [18, 3, true]);
    const levels = ['02', id('transaction.version'), '0002', '0002', NO_TAGS].join('');
    const answer = bytes(
      ...['0000', '02', '0000', '0003', '000d', NO_TAGS, NO_THROTTLE],
      ...['03', '00', '01', '01', '01', '08', '0000000000000011'],
      ...['02', (levels.length / 2).toString(16), levels],
    );
    assert.deepEqual(request.decode(answer), { epoch: 17n, levels: new Map([['transaction.version', 2]]) });
    assert.throws(() => request.decode(bytes('0023', '00000000')), code(35));
  });

  it('reads which transactions are open, and since when', () => {
    const list = listOngoing();
    assert.deepEqual(versionOf(list), [66, 0, true]);
    assert.equal(body(list), ['02', id('Ongoing'), '01', NO_TAGS].join(''));
    const listed = [id('txn'), '0000000000000102', id('Ongoing'), NO_TAGS];
    assert.deepEqual(list.decode(bytes(NO_TAGS, NO_THROTTLE, '0000', '01', '02', ...listed, NO_TAGS)), [
      'txn',
    ]);
    const describe = ongoingSince('txn');
    assert.deepEqual(versionOf(describe), [65, 0, true]);
    assert.equal(body(describe), ['02', id('txn'), NO_TAGS].join(''));
    const answer = (error: string, state: string) =>
      bytes(
        ...[NO_TAGS, NO_THROTTLE, '02', error, id('txn'), id(state), '00002710', '0000000000000104'],
        ...[PRODUCER, '02', id('out'), '02', '00000001', NO_TAGS, NO_TAGS, NO_TAGS],
      );
    assert.equal(describe.decode(answer('0000', 'Ongoing')), 260n);
    assert.equal(describe.decode(answer('0000', 'CompleteCommit')), null);
    assert.throws(() => describe.decode(answer('000e', 'Ongoing')), code(14, 'txn'));
  });

  it('encodes DescribeGroups, and reads what members say of themselves', () => {
    const request = describeGroup('group');
    assert.deepEqual(versionOf(request), [15, 5, true]);
    assert.equal(body(request), ['02', id('group'), '00', NO_TAGS].join(''));
    const data = [
      { topics: ['in'], generation: 3, owned: { in: [1] }, transactionalId: 'group/a' },
      { topics: ['in'], generation: -1, owned: {}, transactionalId: undefined },
    ];
    const member = (metadata: Buffer) => {
      const length = (metadata.length + 1).toString(16).padStart(2, '0');
      return [id('member'), '00', id('client'), id('host'), length, metadata.toString('hex'), '01', NO_TAGS];
    };
    const answer = (state: string, ...members: Buffer[]) =>
      request.decode(
        bytes(
          ...[NO_TAGS, NO_THROTTLE, '02', '0000', id('group'), id(state), id('consumer'), id('Sticky')],
          ...[(members.length + 1).toString(16).padStart(2, '0'), ...members.flatMap(member)],
          ...['80000000', NO_TAGS, NO_TAGS],
        ),
      );
    assert.deepEqual(answer('Stable', ...data.map(encodeMemberData)), { state: 'Stable', members: data });
    // As of a member with another assigner.
    assert.deepEqual(answer('Stable', Buffer.from('?')).members, [{ topics: [], generation: -1, owned: {} }]);
    assert.deepEqual(answer('Empty'), { state: 'Empty', members: [] });
    const states = ['PreparingRebalance', 'CompletingRebalance', 'Stable', 'Empty'];
    assert.deepEqual(
      states.map((state) => isRebalancing({ state })),
      [true, true, false, false],
    );
  });

  it('encodes Produce in both versions, and reads what became of each record set', () => {
    const data = new Map([['out', [{ partition: 2, records: Buffer.from('abc') }]]]);
    const [plain, enlisting] = [produceRequest('txn', data, 1), produceRequest('txn', data, 2)];
    assert.deepEqual(
      [versionOf(plain), versionOf(enlisting)],
      [
        [0, 8, false],
        [0, 12, true],
      ],
    );
    assert.equal(
      body(plain),
      [
        '000374786e',
        'ffff',
        '00007530',
        '00000001',
        '00036f7574',
        '00000001',
        '00000002',
        '00000003616263',
      ].join(''),
    );
    assert.equal(
      body(enlisting),
      [
        ...[id('txn'), 'ffff', '00007530', '02', id('out'), '02', '00000002', '04616263'],
        ...[NO_TAGS, NO_TAGS, NO_TAGS],
      ].join(''),
    );
    const times = 'ffffffffffffffff' + '0000000000000000';
    const wanted = [{ topic: 'out', partition: 2, code: 0, baseOffset: 260, blamed: [] }];
    assert.deepEqual(
      plain.decode(
        bytes(
          ...['00000001', '00036f7574', '00000001', '00000002', '0000', '0000000000000104', times],
          ...['00000000', 'ffff', '00000000'],
        ),
      ),
      wanted,
    );
    const blamed = [{ index: 7, message: 'why' }];
    const refused = { topic: 'out', partition: 2, code: 87, baseOffset: -1, blamed };
    assert.deepEqual(
      plain.decode(
        bytes(
          ...['00000001', '00036f7574', '00000002', '00000002', '0057', 'ffffffffffffffff', times],
          ...['00000002', '00000007', '0003', hex('why'), '00000009', 'ffff', '0002', hex('no')],
          ...['00000003', '0000', '0000000000000104', times, '00000000', 'ffff', '00000000'],
        ),
      ),
      [
        { ...refused, blamed: [...blamed, { index: 9, message: '' }] },
        { ...wanted[0], partition: 3 },
      ],
    );
    const answer = (error: string, offset: string, ...errors: string[]) =>
      bytes(
        ...[NO_TAGS, '02', id('out'), '02', '00000002', error, offset, times],
        ...[...(errors.length > 0 ? errors : ['01']), id('refused'), NO_TAGS, NO_TAGS, NO_THROTTLE, NO_TAGS],
      );
    assert.deepEqual(enlisting.decode(answer('0000', '0000000000000104')), wanted);
    const errors = ['02', '00000007', id('why'), NO_TAGS];
    assert.deepEqual(enlisting.decode(answer('0057', 'ffffffffffffffff', ...errors)), [refused]);
    // The broker has it already: its first answer was lost.
    assert.deepEqual(enlisting.decode(answer('002e', 'ffffffffffffffff')), [
      { ...refused, code: 0, blamed: [] },
    ]);
  });
});
