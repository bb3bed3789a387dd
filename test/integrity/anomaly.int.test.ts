import { anomaly } from './detection/anomaly.js';
import { shortForm } from './short-form.js';

shortForm(anomaly, 'goes on with what it has learnt, and writes each anomaly once', {
  kill: 1,
  zombie: 1,
  scale: 0,
  broker: 0,
});
