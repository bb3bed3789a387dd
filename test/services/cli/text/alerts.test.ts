import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Alert } from '../../../../schemas/types.js';
import { alertLine, changeLine } from '../../../../services/cli/text/alerts.js';

const alert: Alert = {
  ...{ fingerprint: 'f', rule: '25bf8e1a2393:Odd', tenantId: 'acme', state: 'firing', severity: 'warning' },
  ...{ labels: { alertname: 'Odd' }, annotations: { summary: 'too high' }, value: 9 },
  ...{ startsAt: 0, endsAt: null, updatedAt: 1_000 },
};

it('an alert of a rule that the API has made has the name that matchers know', () => {
  assert.equal(
    alertLine({ alert, acknowledged: false, silenced: true }),
    'f firing warning Odd of acme since 1970-01-01T00:00:00.000Z (silenced): too high',
  );
  assert.equal(changeLine(alert), '1970-01-01T00:00:01.000Z firing warning Odd: too high');
});
