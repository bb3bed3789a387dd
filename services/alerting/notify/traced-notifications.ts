import type { Alert } from '../../../schemas/types.js';
import { Lru } from '../../../shared/core/lru.js';
import type { TraceContext } from '../../../shared/core/trace-context.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import type { Tracing } from '../../../shared/ports/tracing.js';
import { type AboutFields, aboutFields } from '../../../shared/process/log-fields.js';
import type { Logger } from '../../../shared/process/logger.js';
import { MAX_LINKS, oneTrace, type TracedStageOptions } from '../../../shared/process/traced-stage.js';
import type { Send } from './channel.js';
import type { Notification } from './notification.js';

/** Alerts whose traces are kept. */
const MAX_ALERTS = 1_000;

/** Traces of the alerts that notifications are about, until a restart: the ones that are sent then have none. */
export class AlertTraces {
  readonly #byFingerprint = new Lru<string, TraceContext>(MAX_ALERTS);

  constructor(private readonly decoder: Pick<ValueDecoder<Alert>, 'decode'>) {}

  /** The trace of an alert that came with one, if it is known still. */
  of(fingerprint: string): TraceContext | undefined {
    return this.#byFingerprint.get(fingerprint);
  }

  /** For the log: the tenant whose alerts are notified, where it is one, and the trace of the last that has one. */
  about({ firing, resolved }: Pick<Notification, 'firing' | 'resolved'>): AboutFields {
    const alerts = [...firing, ...resolved];
    const [first] = alerts;
    const isOne = alerts.every(({ tenantId }) => tenantId === first?.tenantId);
    const context = alerts.flatMap(({ fingerprint }) => this.of(fingerprint) ?? []).at(-1);
    return aboutFields(isOne ? first?.tenantId : null, context);
  }

  /** Of the stage that reads alerts. */
  get noting(): Pick<TracedStageOptions<string>, 'note' | 'noted'> {
    return {
      note: (value) => this.decoder.decode(value).fingerprint,
      noted: (fingerprint, context) => void this.#byFingerprint.set(fingerprint, context),
    };
  }

  /** A span of each attempt to send what is about traced alerts. */
  traced(
    send: Send,
    channel: { readonly name: string; readonly type: string },
    tracing: Tracing,
    log: Logger,
  ): Send {
    return async (notification, at, signal) => {
      const links = [...notification.firing, ...notification.resolved]
        .flatMap(({ fingerprint }) => this.of(fingerprint) ?? [])
        .slice(-MAX_LINKS);
      if (links.length === 0) return await send(notification, at, signal);
      const span = tracing.start(`notify ${channel.type}`, {
        ...{ kind: 'client', parent: oneTrace(links), links },
        attributes: {
          'tactus.channel': channel.name,
          'tactus.notification.id': notification.id,
          'tactus.notification.status': notification.status,
        },
      });
      const attempt = await send(notification, at, signal);
      span.set({ 'tactus.notification.outcome': attempt.outcome });
      span.end(attempt.outcome === 'delivered' ? null : attempt.reason);
      const about = { ...this.about(notification), ...aboutFields(null, span.context) };
      log.debug(
        { ...about, channel: channel.name, outcome: attempt.outcome },
        `notification ${notification.id}: ${attempt.outcome}`,
      );
      return attempt;
    };
  }
}
