import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeadLetter } from '../../../schemas/types.js';
import { staticCodecs } from '../../../shared/adapters/avro/static-codecs.js';
import { TactusError } from '../../../shared/core/errors.js';
import type { OutputRecord } from '../../../shared/core/output-batch.js';
import { sendLetters } from '../../../shared/runners/dead-letter-records.js';

describe('dead letters outside of transactions', () => {
  const codecs = staticCodecs();
  const letter = (offset: number, value: Buffer | null): DeadLetter => ({
    ...{ topic: 'x.windows', partition: 0, offset, key: Buffer.from('k'), value, headers: {} },
    ...{ error: 'TACTUS_ROW_REFUSED', message: 'no', worker: 'sink', failedAt: 0 },
  });
  /** As a broker that takes no record of more than so many bytes, nor what comes with one. */
  const send = async (letters: DeadLetter[], most: number) => {
    const taken: DeadLetter[] = [];
    const producer = {
      send: async (records: readonly OutputRecord[]) => {
        if (records.some(({ value }) => value.length > most))
          throw new TactusError('TACTUS_OUTPUT_REFUSED', 'MESSAGE_TOO_LARGE');
        taken.push(...records.map(({ value }) => codecs.decoder('dlq').decode(value)));
      },
    };
    await sendLetters(letters, producer, codecs.encoder('dlq'));
    return taken;
  };

  it('lose their values where dlq does not take these, and no others do', async () => {
    const letters = [
      letter(1, Buffer.from('a')),
      letter(2, Buffer.alloc(2_000)),
      letter(3, Buffer.from('b')),
    ];
    const taken = await send(letters, 1_000);
    assert.deepEqual(
      taken.map(({ offset, value }) => [offset, value && String(value)]),
      [
        [1, 'a'],
        [2, null],
        [3, 'b'],
      ],
    );
    assert.match(taken[1]?.message ?? '', /^no; the record has a value of 2000 bytes/);
  });

  it('are not given up where nothing more can be left out', async () => {
    await assert.rejects(send([letter(1, Buffer.from('a'))], 20), { code: 'TACTUS_OUTPUT_REFUSED' });
  });
});
