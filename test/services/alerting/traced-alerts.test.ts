import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert } from '../../../schemas/types.js';
import { tracedAlerts } from '../../../services/alerting/traced-alerts.js';
import type { Series } from '../../../shared/wire/series.js';
import { alertOf } from './notify/helpers.js';

function comesFrom(alert: Alert, series: Series): boolean {
  const { outputs } = tracedAlerts({ decode: () => assert.fail() }, { decode: () => alert });
  return outputs?.alerts?.read(Buffer.alloc(0))?.comesFrom(series) ?? false;
}

test('an alert comes from the series whose tags its labels have, whatever the tags are called', () => {
  const alert = alertOf('a', { labels: { metric: 'cpu' } });
  const series = (tags: Record<string, string>) => ({ tenantId: 'acme', metric: 'cpu', tags });
  assert.ok(comesFrom(alert, series({ host: 'a' })));
  assert.ok(!comesFrom(alert, series({ host: 'b' })));
  assert.ok(comesFrom(alert, series({ host: 'a', constructor: 'x', toString: 'y' })));
});
