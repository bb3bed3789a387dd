import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Once, type RequestStore, StoredRequests } from '../../../../services/api/acting/once.js';
import { HttpProblem } from '../../../../services/api/http/problem.js';
import type { Pool } from '../../../../shared/adapters/postgres/pool.js';

type Parameters_ = Parameters<Once['answer']>;

/** Requests of one caller without a database. */
class Requests implements RequestStore {
  readonly kept = new Map<string, { hash: string; body: unknown; answered: boolean; cutShort: boolean }>();

  full = false;

  async claim(caller: string, key: string, hash: string) {
    const earlier = this.kept.get(caller + key) ?? null;
    if (earlier === null && this.full) return 'full' as const;
    if (earlier === null) this.kept.set(caller + key, { hash, body: null, answered: false, cutShort: false });
    return earlier;
  }
  async reclaim() {
    return true;
  }
  async answered(caller: string, key: string, body: unknown) {
    Object.assign(this.kept.get(caller + key) ?? {}, { body, answered: true });
  }
  async release(caller: string, key: string) {
    this.kept.delete(caller + key);
  }
}

function asked(key: string | undefined, body: unknown = {}, tenantId = 'acme') {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  const asking = { caller: { kind: 'key', id: 'k1' }, tenantId };
  const replied = { status: 0, headers: {} as Record<string, string> };
  const request = { method: 'POST', url: '/api/v1/silences', headers, body, asking };
  const reply = {
    code: (status: number) => {
      replied.status = status;
    },
    header: (name: string, value: string) => {
      replied.headers[name] = value;
    },
  };
  return {
    request: request as unknown as Parameters_[0],
    reply: reply as unknown as Parameters_[1],
    replied,
  };
}

describe('a request with an Idempotency-Key', () => {
  const setUp = () => {
    const requests = new Requests();
    const once = new Once(requests);
    let done = 0;
    const work = async () => ({ number: ++done, secret: 'x' });
    const send = async (...parts: Parameters<typeof asked>) => {
      const { request, reply, replied } = asked(...parts);
      const body = await once.answer(request, reply, 201, work, (answer) => ({ ...answer, secret: '' }));
      return { body, ...replied };
    };
    return { requests, once, send, done: () => done };
  };

  it('is done once, and answered as the first was, without what is not kept', async () => {
    const { send, done } = setUp();
    assert.deepEqual((await send('a')).body, { number: 1, secret: 'x' });
    const again = await send('a');
    assert.deepEqual(again, {
      ...{ body: { number: 1, secret: '' }, status: 201, headers: { 'idempotent-replayed': 'true' } },
    });
    assert.equal(done(), 1);
    assert.equal((await send('b')).body.number, 2, 'another key is another request');
    assert.equal((await send('a', {}, 'bolt')).body.number, 3, 'and so is another tenant');
    assert.equal((await send(undefined)).body.number, 4, 'without a key each is done');
  });

  it('is refused where the key was used for something else, or is at work', async () => {
    const { send, requests, done } = setUp();
    await send('a', { x: 1 });
    const status = (expected: number) => (error: unknown) =>
      error instanceof HttpProblem && error.status === expected;
    await assert.rejects(send('a', { x: 2 }), status(422));
    for (const one of requests.kept.values()) one.answered = false;
    await assert.rejects(send('a', { x: 1 }), status(409));
    for (const one of requests.kept.values()) one.cutShort = true;
    assert.equal((await send('a', { x: 1 })).body.number, 2, 'one that was cut short is done again');
    assert.equal(done(), 2);
    await assert.rejects(send('two words'), /Idempotency-Key: must be 1 to 255 visible/);
  });

  it('that failed may be sent again', async () => {
    const { once, send } = setUp();
    const { request, reply } = asked('a');
    await assert.rejects(
      once.answer(request, reply, 201, async () => {
        throw new Error('no');
      }),
    );
    assert.equal((await send('a')).body.number, 1);
  });

  it('is refused where the caller has as many as may be remembered, and its repetitions are answered', async () => {
    const { send, requests, done } = setUp();
    await send('a');
    requests.full = true;
    await assert.rejects(
      send('b'),
      (error: unknown) =>
        error instanceof HttpProblem &&
        error.status === 429 &&
        /1000 requests .* within 24 hours/.test(error.message),
    );
    assert.equal((await send('a')).headers['idempotent-replayed'], 'true');
    assert.equal(done(), 1);
  });
});

it('a request that was neither taken nor found had no room, or is at work', async () => {
  const asked: string[] = [];
  const claim = async (full: boolean) => {
    const query = async (sql: string) => {
      asked.push(sql);
      return { rowCount: 0, rows: sql.includes('AS full') ? [{ full }] : [] };
    };
    return await new StoredRequests({ query } as unknown as Pool).claim('c', 'k', 'h');
  };
  assert.equal(await claim(true), 'full');
  assert.deepEqual(await claim(false), { hash: 'h', body: null, answered: false, cutShort: false });
  assert.ok(
    asked.some((sql) => /INSERT[\s\S]*count\(\*\)[\s\S]*< \$4/.test(sql)),
    'the bound is part of what takes the key',
  );
});

it('an answer with what a column of JSON cannot hold is kept as any other', async () => {
  let kept: Record<string, unknown> = {};
  const hold = (_: string, value: unknown) => {
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
      throw new Error('unsupported Unicode escape sequence');
    return value;
  };
  const query = async (sql: string, values: unknown[]) => {
    if (sql.startsWith('UPDATE')) kept = JSON.parse(String(values[2]), hold);
    const row = { hash: 'h', answered: true, cutShort: false, body: null, text: null, ...kept };
    return { rowCount: 0, rows: [row] };
  };
  const requests = new StoredRequests({ query } as unknown as Pool);
  const body = { comment: 'a\0b \ud800', none: null };
  await requests.answered('c', 'k', body);
  assert.deepEqual(await requests.claim('c', 'k', 'h'), {
    ...{ hash: 'h', body, answered: true, cutShort: false },
  });
  kept = { body: { id: '1' } };
  const before = await requests.claim('c', 'k', 'h');
  assert.deepEqual(before !== 'full' && before?.body, { id: '1' }, 'of an earlier version');
});
