import { useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import type { Alert } from '../../api/operations.js';
import { failed, said } from '../../parts/toasts.js';
import { count } from '../../time/format.js';
import { occurrenceOf } from './inbox.js';

/** Requests at a time: hundreds at once would be refused for want of room. */
const AT_ONCE = 8;

interface Acknowledging {
  /** Occurrences that are shown as acknowledged, whatever the API had of them last. */
  readonly ours: ReadonlySet<string>;
  readonly acknowledge: (alerts: readonly Alert[], comment: string) => Promise<void>;
}

/** Acknowledges alerts: they are shown so at once, and as they were where it is refused. */
export function useAcknowledging(reload: () => void): Acknowledging {
  const [ours, setOurs] = useState<ReadonlySet<string>>(new Set());
  const acknowledge = async (alerts: readonly Alert[], comment: string) => {
    setOurs((before) => new Set([...before, ...alerts.map(occurrenceOf)]));
    const refused: Alert[] = [];
    let reason: unknown;
    for (let at = 0; at < alerts.length; at += AT_ONCE)
      await Promise.all(
        alerts.slice(at, at + AT_ONCE).map((alert) =>
          call('POST /alerts/{fingerprint}/ack', {
            ...{ path: { fingerprint: alert.fingerprint }, query: {} },
            body: comment === '' ? {} : { comment },
          }).catch((error: unknown) => {
            refused.push(alert);
            reason = error;
          }),
        ),
      );
    const takenBack = new Set(refused.map(occurrenceOf));
    setOurs((before) => new Set([...before].filter((one) => !takenBack.has(one))));
    if (refused.length < alerts.length) said(`${count(alerts.length - refused.length)} acknowledged.`);
    if (refused.length > 0)
      failed(alerts.length === 1 ? 'Not acknowledged' : `${count(refused.length)} not acknowledged`, reason);
    reload();
  };
  return { ours, acknowledge };
}
