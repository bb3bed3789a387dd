import { alerting } from './detection/alerting.js';
import { shortForm } from './short-form.js';

shortForm(alerting, 'goes on with the live alerts, and writes each transition once', {
  kill: 1,
  zombie: 1,
  scale: 0,
  broker: 0,
});
