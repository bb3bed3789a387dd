import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnswerError, OF_RECORDS } from '../../../../../shared/adapters/kafka/protocol/answers.js';

describe('an error code of a broker', () => {
  it('is refused content where it is the fault of one topic, partition or record, so that others go on without it', () => {
    const refused = [10, 12, 17, 18, 29, 32, 44, 87];
    for (const code of refused) assert.equal(new AnswerError(code, 'writing').remedy, 'refused', `${code}`);
    assert.deepEqual(
      refused.filter((code) => OF_RECORDS.has(code)),
      [10, 18, 32, 87],
    );
  });

  it('is named with what was asked for, and with the reason that the broker gives', () => {
    assert.equal(new AnswerError(44, 'writing to x[1]').message, 'writing to x[1]: POLICY_VIOLATION (44)');
    assert.equal(
      new AnswerError(87, 'writing to x[1]', 'no key').message,
      'writing to x[1]: INVALID_RECORD (87): no key',
    );
  });
});
