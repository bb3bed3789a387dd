import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { AlertControl } from '../../../../schemas/types.js';
import { AlertSilences } from '../../../../services/api/graphql/alert-silences.js';

const silence = (id: string, ...matchers: string[]): AlertControl => ({
  ...{ id, kind: 'silence', matchers, author: 'a', comment: '', tenantId: 't' },
  ...{ createdAt: 0, startsAt: 0, endsAt: 1 },
});

function silencesOf(
  gone = new AbortController().signal,
  all = [silence('web', 'host=~"web-.*"')],
): AlertSilences {
  return new AlertSilences('t', Promise.resolve(all), gone);
}

it('alerts are tried with silences one a turn, so that others are not kept waiting by a long page of them', async () => {
  const silences = silencesOf();
  let tried = 0;
  const all = ['web-1', 'db-1', 'web-2'].map(async (host) => {
    const found = await silences.of({ host });
    tried += 1;
    return found.map(({ id }) => id);
  });
  let turns = 0;
  for (; tried < 3; turns += 1) await setImmediate();
  assert.deepEqual(await Promise.all(all), [['web'], [], ['web']]);
  assert.ok(turns >= 3, `${turns} turns`);
});

it('an alert that is asked about under several names is tried once', async () => {
  const silences = silencesOf();
  const [one, two] = await Promise.all([silences.of({ host: 'web-1' }), silences.of({ host: 'web-1' })]);
  assert.equal(one, two);
});

it('a silence without matchers, or with one that cannot be read, hides no alert, as none is kept quiet by it', async () => {
  const all = [
    silence('none'),
    silence('unreadable', 'host="web-1"', 'host=~"("'),
    silence('web', 'host="web-1"'),
  ];
  const found = await silencesOf(undefined, all).of({ host: 'web-1' });
  assert.deepEqual(
    found.map(({ id }) => id),
    ['web'],
  );
});

it('no alert is tried for a client that has gone', async () => {
  await assert.rejects(silencesOf(AbortSignal.abort()).of({ host: 'web-1' }), {
    code: 'TACTUS_QUERY_TIMEOUT',
  });
});
