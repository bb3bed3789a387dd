import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlertControl } from '../../../schemas/types.js';
import { Controls, hiddenBy } from '../../../shared/alerting/controls.js';
import { type Matcher, parseMatcher } from '../../../shared/alerting/matcher.js';
import {
  acknowledge,
  changedSilence,
  changeSilence,
  plannedSilence,
  silence,
  silencesOf,
  tooLong,
  unsilence,
} from '../../../shared/control/alert-controls.js';
import { controlKey } from '../../../shared/wire/control-key.js';
import { controlInMemory } from '../../support/control-in-memory.js';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const ALERTS = ['acme', 'bolt'].flatMap((tenantId) =>
  ['web-1', 'db-1'].map((host) => ({ tenantId, labels: { alertname: 'Hot', host } })),
);

const matchers = (...texts: string[]) => texts.map((text) => parseMatcher(text) as Matcher);

/** Hosts whose alerts are silent at a time, with the tenant. */
function silentAt(control: AlertControl, at: number): string[] {
  const controls = new Controls();
  assert.equal(controls.changed(controlKey.silence(control.id), control, NOW), null);
  return ALERTS.filter((alert) => controls.silenced(alert, at)).map(nameOf);
}

const nameOf = ({ tenantId, labels }: (typeof ALERTS)[number]) => `${tenantId} ${labels.host}`;

describe('a silence', () => {
  it('hides what its preview says, from its start to its end, and of one tenant only what is of that tenant', () => {
    const { access } = controlInMemory(NOW);
    const time = { startsAt: NOW + HOUR, forMs: HOUR };
    for (const tenant of [undefined, 'acme', 'bolt', 'other']) {
      const chosen = matchers('host=~"web-.*"');
      const planned = plannedSilence(access, chosen, { ...time, ...(tenant && { tenant }) });
      const hidden = hiddenBy({ matchers: chosen, tenantId: planned.tenantId }, ALERTS).map(nameOf);
      const expected = ['acme web-1', 'bolt web-1'].filter((one) => one.startsWith(tenant ?? ''));
      assert.deepEqual(hidden, expected);
      assert.deepEqual(silentAt(planned, NOW), [], 'before its start');
      assert.deepEqual(silentAt(planned, NOW + HOUR), expected);
      assert.deepEqual(silentAt(planned, NOW + 2 * HOUR), [], 'after its end');
    }
  });

  it('that would have started before starts now and lasts as long', () => {
    const { access } = controlInMemory(NOW);
    const planned = plannedSilence(access, matchers('host="a"'), { startsAt: NOW - HOUR, forMs: HOUR });
    assert.deepEqual([planned.startsAt, planned.endsAt], [NOW, NOW + HOUR]);
  });

  it('is listed until it ends, is taken back before its start, and both are in audit', async () => {
    const { access, audit } = controlInMemory(NOW);
    const time = { startsAt: NOW + HOUR, forMs: HOUR };
    const planned = plannedSilence(access, matchers('host="a"'), { ...time, tenant: 'acme' });
    await silence(access, planned);
    assert.deepEqual(await silencesOf(access), [planned]);
    assert.equal(await unsilence(access, planned.id, 'bolt'), false, 'another tenant does not end it');
    assert.deepEqual(await silencesOf(access), [planned]);
    assert.equal(await unsilence(access, planned.id, 'acme'), true);
    assert.deepEqual(await silencesOf(access), []);
    assert.equal(await unsilence(access, planned.id), false, 'it is over');
    assert.deepEqual(
      audit.map(({ action, tenantId, user, resource }) => [action, tenantId, user, resource]),
      ['alerts.silence', 'alerts.unsilence'].map((action) => [
        ...[action, 'acme', 'ann', `silence/${planned.id}`],
      ]),
    );
  });
});

describe('a silence that is changed', () => {
  const { access, audit } = controlInMemory(NOW);
  const running = {
    ...plannedSilence(access, matchers('host="a"'), { forMs: HOUR, tenant: 'acme', comment: 'move' }),
    ...{ startsAt: NOW - HOUR, createdAt: NOW - HOUR, author: 'bob' },
  };

  it('is in force since when it was, and what is not said of it stays', () => {
    const longer = changedSilence(access, running, { forMs: 2 * HOUR });
    assert.deepEqual(longer, { ...running, author: 'ann', createdAt: NOW, endsAt: NOW + 2 * HOUR });
    const other = changedSilence(access, running, {
      ...{ matchers: matchers('host="b"'), startsAt: NOW - 2 * HOUR, comment: '' },
    });
    assert.deepEqual(other, {
      ...{ ...running, author: 'ann', createdAt: NOW },
      ...{ matchers: ['host="b"'], comment: '' },
    });
  });

  it('may start later, and one that starts later may start now', () => {
    const later = changedSilence(access, running, { startsAt: NOW + HOUR, forMs: HOUR });
    assert.deepEqual([later.startsAt, later.endsAt], [NOW + HOUR, NOW + 2 * HOUR]);
    assert.deepEqual(silentAt({ ...later, matchers: ['host="web-1"'] }, NOW), []);
    const now = changedSilence(access, later, { startsAt: NOW, forMs: HOUR });
    assert.deepEqual([now.startsAt, now.endsAt], [NOW, NOW + HOUR]);
    assert.ok(now.createdAt > later.createdAt, 'each version has a time of its own');
  });

  it('takes the place of what it was, and is in audit', async () => {
    await silence(access, running);
    const changed = changedSilence(access, running, { forMs: 2 * HOUR });
    await changeSilence(access, changed);
    assert.deepEqual(await silencesOf(access), [changed]);
    assert.deepEqual(audit.at(-1)?.action, 'alerts.silence_change');
  });

  it('may not last longer than the configuration allows, nor end before it starts', () => {
    const most = access.config.alerting.maxSilenceMs;
    const lasting = (startsAt: number, endsAt: number) => tooLong(access, { startsAt, endsAt }, NOW);
    assert.equal(lasting(NOW - HOUR, NOW + most), null, 'what has passed of it does not count');
    assert.match(lasting(NOW, NOW + most + 1) ?? '', /may last 365d at most \(TACTUS_ALERT_MAX_SILENCE_MS\)/);
    assert.match(lasting(NOW + HOUR, NOW + HOUR) ?? '', /must end after it starts/);
    assert.match(lasting(NOW - HOUR, NOW) ?? '', /must end after it starts, and after now/);
  });
});

describe('an acknowledgement', () => {
  it("is of the alert's tenant, whoever gives it", async () => {
    const { access, latest } = controlInMemory(NOW);
    await acknowledge(access, { fingerprint: 'f1', tenantId: 'acme' }, { tenant: 'bolt', comment: 'mine' });
    const { tenantId, comment, author } =
      latest('control.alerts').get(controlKey.acknowledgement('f1')) ?? {};
    assert.deepEqual([tenantId, comment, author], ['acme', 'mine', 'ann']);
  });
});
