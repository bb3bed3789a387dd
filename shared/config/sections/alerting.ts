import { optionalUrl, text } from '../formats.js';

export const alerting = {
  rulesFile: {
    doc: 'YAML file with alert rules; empty takes the shipped ones',
    format: text(),
    default: '',
    env: 'RULES_FILE',
  },
  webhookUrl: {
    doc: 'Where alerts are posted to; empty posts none',
    format: optionalUrl('http', 'https'),
    default: '',
    env: 'TACTUS_ALERT_WEBHOOK_URL',
    sensitive: true,
  },
};
