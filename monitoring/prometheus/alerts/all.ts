import type { AlertGroup } from '../alert.js';
import { api } from './api.js';
import { collector } from './collector.js';
import { gateway } from './gateway.js';
import { notifications } from './notifications.js';
import { quality } from './quality.js';
import { stream } from './stream.js';
import { workers } from './workers.js';

export const ALERT_GROUPS: readonly AlertGroup[] = [
  workers,
  stream,
  quality,
  gateway,
  api,
  notifications,
  collector,
];
