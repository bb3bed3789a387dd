import type { Scenario } from '../scenario.js';
import { alertsOfAnomalies, alertsOfWindows, joins } from './alerting.js';
import { anomaly } from './anomaly.js';
import { ingest } from './ingest.js';
import { notifications } from './notifications.js';
import { windowing } from './windowing.js';

export const SCENARIOS: readonly Scenario[] = [
  windowing,
  ingest,
  anomaly,
  alertsOfWindows,
  alertsOfAnomalies,
  joins,
  notifications,
];
