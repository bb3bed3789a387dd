import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LoginLimits } from '../../../../services/api/people/login-limits.js';
import { sourcePrefix } from '../../../../services/api/people/source-prefix.js';

const HOUR_MS = 3_600_000;
const source = (nameKey: string, network: string, device: string | null = null) => ({
  nameKey,
  network,
  device,
});

describe('limits of logins', () => {
  it('let ten fail, then one after 30 s, after a minute, and so on up to a quarter of an hour', () => {
    const limits = new LoginLimits();
    let now = 0;
    for (let i = 0; i < 10; i++) assert.equal(limits.begin(source('ada', 'n1'), now), 0);
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const wait = limits.begin(source('ada', 'n1'), now);
      waits.push(wait / 1_000);
      now += wait;
      assert.equal(limits.begin(source('ada', 'n1'), now), 0);
    }
    assert.deepEqual(waits, [30, 60, 120, 240, 480, 900, 900, 900]);
    assert.equal(limits.begin(source('ada', 'n1'), now + 25 * HOUR_MS), 0);
    limits.succeeded(source('ada', 'n1'), now + 25 * HOUR_MS);
    for (let i = 0; i < 10; i++) assert.equal(limits.begin(source('ada', 'n1'), now + 25 * HOUR_MS), 0);
  });

  it('never keep a user out of a network that nobody has failed from, nor a known browser, whatever others do', () => {
    const others = fc.record({
      name: fc.constantFrom('ada', 'grace', 'mary'),
      network: fc.integer({ min: 1, max: 400 }),
      later: fc.integer({ min: 0, max: 5_000 }),
    });
    fc.assert(
      fc.property(fc.array(others, { maxLength: 600 }), (tries) => {
        const limits = new LoginLimits();
        let now = 0;
        for (const { name, network, later } of tries) {
          now += later;
          limits.begin(source(name, `n${network}`), now);
        }
        assert.equal(limits.begin(source('ada', 'own'), now), 0);
        assert.equal(limits.begin(source('ada', 'n1', 'own browser'), now), 0);
      }),
      { numRuns: 50 },
    );
  });

  it('allow one network only so many users, and forgive what succeeds', () => {
    const limits = new LoginLimits();
    let allowed = 0;
    for (let i = 0; i < 500; i++) if (limits.begin(source(`user${i}`, 'n1'), 0) === 0) allowed += 1;
    assert.equal(allowed, 60);
    assert.equal(limits.begin(source('ada', 'n1'), 0), 20_000);
    assert.equal(limits.begin(source('ada', 'n1'), 20_000), 0);
    const forgiving = new LoginLimits();
    for (let i = 0; i < 500; i++) {
      assert.equal(forgiving.begin(source(`user${i}`, 'n1'), 0), 0);
      forgiving.succeeded(source(`user${i}`, 'n1'), 0);
    }
  });

  it('allow each network fewer failures while very many attack one user', () => {
    const limits = new LoginLimits();
    for (let i = 0; i < 60; i++) limits.begin(source('ada', `n${i}`), 0);
    const tries = (name: string) => [1, 2, 3, 4].map(() => limits.begin(source(name, 'new'), 0));
    assert.deepEqual(tries('ada'), [0, 0, 30_000, 30_000]);
    assert.deepEqual(tries('grace'), [0, 0, 0, 0]);
  });

  it('remember a bounded number, and go on', () => {
    const limits = new LoginLimits(100);
    for (let i = 0; i < 10_000; i++) limits.begin(source(`user${i}`, `n${i}`), 0);
    assert.equal(limits.begin(source('ada', 'n1'), 0), 0);
  });
});

describe('the network of an address', () => {
  it('is the address of IPv4, and the first 56 bits of one of IPv6', () => {
    const cases = {
      '192.0.2.7': '192.0.2.7',
      '::ffff:192.0.2.7': '192.0.2.7',
      '::ffff:c000:207': '192.0.2.7',
      '2001:db8:1:2ab::1': '20010db8000102',
      '2001:db8:1:2ff:ffff:ffff:ffff:ffff': '20010db8000102',
      '2001:db8:1:300::1': '20010db8000103',
      'fe80::1%eth0': 'fe800000000000',
      '::1': '00000000000000',
      'not an address': '',
    };
    for (const [address, network] of Object.entries(cases))
      assert.equal(sourcePrefix(address), network, address);
  });

  it('is the same however an address of IPv6 is written', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const compressed = new URL(`http://[${address}]`).hostname.slice(1, -1);
        assert.equal(sourcePrefix(address), sourcePrefix(compressed));
      }),
      { numRuns: 300 },
    );
  });
});
