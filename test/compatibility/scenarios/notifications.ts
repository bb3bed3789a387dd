import type { Alert } from '../../../schemas/types.js';
import type { Notification } from '../../../services/alerting/notify/notification.js';
import { notifierStage } from '../../../services/alerting/notify/notifier-stage.js';
import { parseRouting } from '../../../services/alerting/notify/routing-file.js';
import { anyStage, codecs, type Scenario, START, type Written } from '../scenario.js';

const CHANNEL = '{ type: webhook, url: "https://example.com/" }';
const ROUTING = `
channels: { ops: ${CHANNEL}, boss: ${CHANNEL} }
route:
  channels: [ops]
  groupBy: [tenant, alertname]
  repeatInterval: 10m
  routes:
    - { match: ['severity="critical"', 'host=~"web-.*"'], channels: [boss], groupBy: ["..."], groupWait: 0s }
`;

function alert(host: string, severity: Alert['severity'], endsAt: number | null = null): Alert {
  const labels = { zone: 'ü', host, alertname: 'Hot', tenant: 'acme', severity };
  return {
    ...{ fingerprint: `f-${host}`, rule: 'Hot', tenantId: 'acme', severity, labels, annotations: {} },
    ...{
      state: endsAt === null ? 'firing' : 'resolved',
      value: 95,
      startsAt: START,
      endsAt,
      updatedAt: START,
    },
  };
}

function step(atMs: number, ...alerts: Alert[]) {
  const encoder = codecs.encoder('state.alerts');
  return { now: START + atMs, records: alerts.map((each) => ({ value: encoder.encode(each) })) };
}

const reported: Written[] = [];

function open() {
  let waiting: Notification[] = [];
  const { routing } = parseRouting(ROUTING, 'notifications.yaml', {});
  const outbox = {
    channels: new Set(['ops', 'boss']),
    close: () => {},
    withdraw: () => {},
    placeOf: () => null,
    pump: () => {},
    offer: (notification: Notification) => {
      waiting.push(notification);
      const { id, channel, groupKey, status, firing, resolved } = notification;
      const alerts = [...firing, ...resolved].map(({ fingerprint }) => fingerprint);
      reported.push({ topic: channel, key: id, value: { groupKey, status, alerts } });
    },
    take: () => {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    takeAttempts: () => [],
    kindOf: () => 'webhook',
  };
  return anyStage(
    notifierStage({
      decoder: codecs.decoder('state.alerts'),
      encoder: codecs.encoder('notifications'),
      unrecorded: () => {},
      decisions: { effort: 1, silenced: () => false, acknowledged: () => false },
      live: () => {},
      open: () => ({ routing, outbox }),
    }),
  );
}

/** Channels were notified before the restart: not again of the same, under ids that stay, and of the end of it. */
export const notifications: Scenario = {
  name: 'notifications',
  input: 'state.alerts',
  open,
  reported,
  before: [
    step(0, alert('web-1', 'critical'), alert('db-1', 'warning')),
    step(1_000),
    step(11_000),
    step(12_000),
  ],
  after: [step(13_000, alert('db-2', 'warning'), alert('web-1', 'critical', START + 12_500)), step(75_000)],
};
