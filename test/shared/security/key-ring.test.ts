import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ApiKey } from '../../../schemas/types.js';
import { isRefusal, SCOPES, type Scope } from '../../../shared/ports/keys.js';
import { authorized, KeyRing } from '../../../shared/security/key-ring.js';
import { KeySecret } from '../../../shared/security/key-secret.js';
import { makeKeyText } from '../../../shared/security/key-text.js';

const SECRET = new KeySecret('a secret of this installation, 32+');
const OTHERS = new KeySecret('a secret of another installation!!');

function made(fields: Partial<ApiKey> = {}, secret = SECRET): { text: string; key: ApiKey } {
  const { id, text } = makeKeyText();
  const key = secret.sealed({
    ...{ id, hash: secret.hashOf(text), tenantId: 'acme', scopes: ['read'], name: '' },
    ...{ createdAt: 1_000, expiresAt: null, revokedAt: null, ...fields },
  });
  return { text, key };
}

function ringOf(...keys: ApiKey[]): KeyRing {
  const ring = new KeyRing(SECRET);
  for (const key of keys) assert.equal(ring.changed(key.id, key), null);
  return ring;
}

/** What a key stands for, or why it is refused. */
function answerOf(ring: KeyRing, text: string, now = 2_000): object | string {
  const answer = ring.verify(text, now);
  return isRefusal(answer) ? answer.refused : { ...answer, scopes: [...answer.scopes] };
}

describe('the ring of keys', () => {
  it('knows whom a key stands for, and refuses what is none, mistyped or not known', () => {
    const { text, key } = made({ scopes: ['write:metrics', 'what a later build knows'] });
    const ring = ringOf(key);
    assert.deepEqual(answerOf(ring, text), { keyId: key.id, tenantId: 'acme', scopes: ['write:metrics'] });
    assert.equal(answerOf(ring, 'Bearer'), 'malformed');
    assert.equal(answerOf(ring, `${text.slice(0, -1)}_`), 'malformed');
    assert.equal(answerOf(ring, made().text), 'unknown');
    assert.equal(answerOf(new KeyRing(SECRET), text), 'unknown');
  });

  it('refuses a text with the id of a known key and another secret, and does not say that the id is known', () => {
    const { key } = made();
    const { text, key: other } = made();
    const ring = ringOf(SECRET.sealed({ ...key, id: other.id }));
    const answer = ring.verify(text, 2_000);
    assert.ok(isRefusal(answer));
    assert.deepEqual([answer.refused, answer.keyId], ['unknown', null]);
  });

  it('refuses a key from the moment on at which it expires', () => {
    const { text, key } = made({ expiresAt: 5_000 });
    const ring = ringOf(key);
    assert.equal(typeof answerOf(ring, text, 4_999), 'object');
    assert.equal(answerOf(ring, text, 5_000), 'expired');
  });

  it('refuses a key that was revoked or removed, and does not take it back by a record of before', () => {
    const { text, key } = made();
    const ring = ringOf(key);
    assert.equal(ring.changed(key.id, SECRET.sealed({ ...key, revokedAt: 3_000 })), null);
    assert.equal(answerOf(ring, text), 'revoked');
    assert.match(ring.changed(key.id, key) ?? '', /revoked, which is final/);
    assert.equal(answerOf(ring, text), 'revoked');
    // Its record is removed, or cannot be read, and the one of before is written again.
    assert.equal(ring.changed(key.id, null), null);
    assert.match(ring.changed(key.id, key) ?? '', /revoked, which is final/);
    assert.equal(answerOf(ring, text), 'revoked');
    const removed = made();
    const rest = ringOf(removed.key);
    rest.changed(removed.key.id, null);
    assert.equal(answerOf(rest, removed.text), 'unknown');
    assert.equal(rest.size, 0);
  });

  it('ignores a record in which anything was changed by who does not know the secret', () => {
    const { text, key } = made({ expiresAt: 9_000 });
    const changes: fc.Arbitrary<Partial<ApiKey>> = fc.constantFrom(
      { tenantId: '*' },
      { tenantId: 'bolt' },
      { scopes: ['admin'] },
      { scopes: ['read', 'admin'] },
      { hash: SECRET.hashOf(made().text) },
      { name: 'other' },
      { createdAt: 0 },
      { expiresAt: null },
      { revokedAt: 1_500 },
      { mac: Buffer.alloc(32) },
      { mac: Buffer.alloc(0) },
      { mac: OTHERS.sealed(key).mac },
    );
    fc.assert(
      fc.property(changes, (change) => {
        const ring = ringOf(key);
        assert.match(ring.changed(key.id, { ...key, ...change }) ?? '', /MAC is wrong/);
        assert.deepEqual(answerOf(ring, text), { keyId: key.id, tenantId: 'acme', scopes: ['read'] });
        assert.match(new KeyRing(SECRET).changed(key.id, { ...key, ...change }) ?? '', /MAC is wrong/);
      }),
    );
    const minted = made({ scopes: ['admin'] }, OTHERS);
    const ring = ringOf(key);
    assert.match(ring.changed(minted.key.id, minted.key) ?? '', /MAC is wrong/);
    assert.equal(answerOf(ring, minted.text), 'unknown');
    assert.match(ring.changed('another', key) ?? '', /id of another key/);
  });

  it('gives records with different fields different MACs, whatever their texts', () => {
    const fields = fc.record({
      id: fc.string(),
      tenantId: fc.string(),
      name: fc.string(),
      scopes: fc.array(fc.string(), { maxLength: 3 }),
      expiresAt: fc.option(fc.nat()),
      revokedAt: fc.option(fc.nat()),
    });
    fc.assert(
      fc.property(fields, fields, (one, two) => {
        const rest = { hash: Buffer.alloc(32), createdAt: 1 };
        const same = JSON.stringify(one) === JSON.stringify(two);
        assert.equal(
          SECRET.sealed({ ...rest, ...one }).mac.equals(SECRET.sealed({ ...rest, ...two }).mac),
          same,
        );
      }),
    );
  });
});

describe('what a key is good for', () => {
  const principal = (tenantId: string, ...scopes: Scope[]) => ({
    keyId: 'k',
    tenantId,
    scopes: new Set(scopes),
  });
  const refused = (...args: Parameters<typeof authorized>) => {
    const answer = authorized(...args);
    return isRefusal(answer) ? answer.refused : answer.tenantId;
  };

  it('is what its scopes say, and everything with admin', () => {
    for (const own of SCOPES)
      for (const asked of SCOPES)
        assert.equal(
          refused(principal('acme', own), asked, null),
          own === asked || own === 'admin' ? 'acme' : 'scope',
        );
  });

  it('is its own tenant, or the one that the request names where it is for all', () => {
    assert.equal(refused(principal('acme', 'read'), 'read', 'acme'), 'acme');
    assert.equal(refused(principal('acme', 'read'), 'read', 'bolt'), 'tenant');
    assert.equal(refused(principal('acme', 'admin'), 'read', 'bolt'), 'tenant');
    assert.equal(refused(principal('*', 'read'), 'read', 'bolt'), 'bolt');
    assert.equal(refused(principal('*', 'read'), 'read', null), 'tenant');
  });
});
