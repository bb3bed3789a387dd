import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeadLetter } from '../../../schemas/types.js';
import {
  ATTEMPTS_HEADER,
  type Filter,
  matcherOf,
  originOf,
  type StoredDeadLetter,
  tenantOf,
} from '../../../shared/dead-letters/dead-letter.js';
import { replayRecord, skipReason } from '../../../shared/dead-letters/replay-rules.js';
import { encodeTimeNote, TIME_HEADER } from '../../../shared/wire/time-note.js';

const NOW = Date.UTC(2026, 0, 15, 12);

function letter(change: Partial<DeadLetter> = {}, about: Partial<StoredDeadLetter> = {}): StoredDeadLetter {
  return {
    id: '2:17',
    origin: 'ingest.metrics',
    tenantId: 'acme',
    decoded: null,
    replayed: null,
    letter: {
      ...{ topic: 'tactus.ingest.metrics', partition: 1, offset: 5, key: Buffer.from('acme|cpu') },
      ...{ value: Buffer.from('hello'), headers: { trace: Buffer.from('t1') } },
      ...{ error: 'TACTUS_RECORD_BAD_MAGIC', message: 'no', worker: 'ingest', failedAt: NOW - 1_000 },
      ...change,
    },
    ...about,
  };
}

const RULES = { force: false, maxAttempts: 3, windowsOpenMs: 60_000, idsKnownMs: 1_000, now: NOW };

describe('a dead letter', () => {
  it('is found by topic, error, tenant and time', () => {
    const found = (filter: Filter, one = letter()) => {
      const wanted = matcherOf(filter);
      return wanted.letter(one.letter, one.origin) && wanted.tenant(one.tenantId);
    };
    assert.ok(found({}));
    assert.ok(
      found({ topic: 'ingest.*', error: 'TACTUS_RECORD_*', tenant: 'ac?e', since: NOW - 1_000, until: NOW }),
    );
    assert.ok(!found({ topic: 'metrics' }));
    assert.ok(!found({ error: 'TACTUS_FIELD_*' }));
    assert.ok(!found({ tenant: 'bolt' }));
    assert.ok(!found({ tenant: '*' }, letter({}, { tenantId: null })), 'a tenant that is not known is none');
    assert.ok(!found({ since: NOW - 999 }));
    assert.ok(!found({ until: NOW - 1_000 }));
  });

  it('knows its tenant by its value, or else by its key', () => {
    assert.equal(tenantOf({ tenantId: 'bolt' }, Buffer.from('acme|cpu')), 'bolt');
    assert.equal(tenantOf({ point: { tenantId: 'bolt' } }, null), 'bolt');
    assert.equal(tenantOf(null, Buffer.from('acme|cpu')), 'acme');
    assert.equal(tenantOf(null, Buffer.from('anything')), null);
    assert.equal(tenantOf(null, null), null);
  });

  it('has an origin only among the topics of its prefix', () => {
    assert.equal(originOf('tactus.ingest.metrics', 'tactus.'), 'ingest.metrics');
    assert.equal(originOf('other.ingest.metrics', 'tactus.'), null);
    assert.equal(originOf('tactus.nothing', 'tactus.'), null);
  });

  it('is replayed as it came, with a count of the attempts', () => {
    const record = replayRecord(
      letter({ headers: { trace: Buffer.from('t1'), [ATTEMPTS_HEADER]: Buffer.from('1') } }),
    );
    assert.deepEqual(record, {
      topic: 'ingest.metrics',
      key: Buffer.from('acme|cpu'),
      value: Buffer.from('hello'),
      headers: { trace: Buffer.from('t1'), 'tactus-replay-attempts': '2', 'tactus-dead-letter': '2:17' },
    });
  });

  it('does not repeat what its first writers said of their time', () => {
    // The second replay of a record that ingest has passed on: the counts keep their places, before the note.
    const headers = { [ATTEMPTS_HEADER]: Buffer.from('1'), 'tactus-dead-letter': Buffer.from('2:9') };
    const record = replayRecord(letter({ headers: { ...headers, [TIME_HEADER]: encodeTimeNote(null) } }));
    assert.deepEqual(Object.keys(record?.headers ?? {}), ['tactus-replay-attempts', 'tactus-dead-letter']);
  });

  it('is left alone where a replay cannot help or would do harm', () => {
    const reason = (one: StoredDeadLetter, force = false) => skipReason(one, { ...RULES, force });
    assert.equal(reason(letter()), null);
    assert.match(reason(letter({ failedAt: NOW - 999 })) ?? '', /id for known/);
    const replayed = letter({}, { replayed: { at: NOW, attempts: 1 } });
    assert.match(reason(replayed) ?? '', /replayed before/);
    assert.equal(reason(replayed, true), null);
    const often = letter({ headers: { [ATTEMPTS_HEADER]: Buffer.from('3') } });
    assert.match(reason(often) ?? '', /after 3 replays/);
    const young = letter({ failedAt: NOW - 59_999 }, { origin: 'metrics' });
    assert.match(reason(young) ?? '', /twice/);
    assert.equal(reason(letter({ failedAt: NOW - 60_000 }, { origin: 'metrics' })), null);
    assert.match(reason(letter({ value: null }), true) ?? '', /no value/);
    assert.match(reason(letter({}, { origin: null }), true) ?? '', /none of this/);
  });
});
