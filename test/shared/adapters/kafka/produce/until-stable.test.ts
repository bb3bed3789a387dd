import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { untilStable } from '../../../../../shared/adapters/kafka/produce/until-stable.js';

describe('untilStable', () => {
  it('takes no answer that the next one differs from', async () => {
    const answers = [null, { offset: 1 }, { offset: 7 }, { offset: 9 }, { offset: 9 }, { offset: 10 }];
    assert.deepEqual(await untilStable(async () => answers.shift(), 0), { offset: 9 });
    assert.deepEqual(answers, [{ offset: 10 }]);
  });

  it('hands up what goes wrong', async () => {
    await assert.rejects(
      untilStable(() => Promise.reject(new Error('away')), 0),
      /away/,
    );
  });
});
