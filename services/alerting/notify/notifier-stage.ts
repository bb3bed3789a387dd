import type { Alert } from '../../../schemas/types.js';
import { OutputBatch } from '../../../shared/core/output-batch.js';
import type { Stage, StepResult } from '../../../shared/core/stage.js';
import type { ValueDecoder } from '../../../shared/ports/codec.js';
import { hasFired } from '../alerts/alert-book.js';
import { eachValue } from '../alerts/alerting-stage.js';
import { type Decisions, Dispatcher } from './dispatcher.js';
import type { Notification } from './notification.js';
import type { Routing } from './routing.js';

/** Sends notifications between the steps. */
export interface NotificationOutbox {
  readonly channels: ReadonlySet<string>;
  close(): void;
  offer(notification: Notification): void;
  withdraw(groupKey: string, channel: string): void;
  pump(now: number): void;
  take(): Notification[];
}

export interface NotifierStageOptions {
  readonly decoder: ValueDecoder<Alert>;
  readonly decisions: Decisions;
  /** Called at each restore: the routing in force then, and an empty outbox. */
  readonly open: () => { readonly routing: Routing; readonly outbox: NotificationOutbox };
  readonly live: (size: { alerts: number; groups: number }) => void;
}

export interface NotifierState {
  readonly dispatcher: Dispatcher;
  readonly outbox: NotificationOutbox;
  nextOffset: number;
}

/**
 * Notifies channels of alerts. Its input, `state.alerts`, has one partition, so exactly one instance notifies,
 * and its state is in a changelog of its own: a notification counts only once it was delivered, and is
 * committed with the offset. After a crash a notification may be sent twice, with the same id; none is lost.
 * While alerts wait to be read nothing is sent: channels see the present state only.
 */
export function notifierStage(options: NotifierStageOptions): Stage<NotifierState> {
  return {
    restore(saved) {
      const { routing, outbox } = options.open();
      const dispatcher = new Dispatcher(routing, outbox.channels, saved.changelog);
      return { dispatcher, outbox, nextOffset: saved.checkpoint?.offset ?? 0 };
    },
    release: ({ outbox }) => outbox.close(),
    checkpoint: (state) => ({ offset: state.nextOffset, metadata: '' }),
    step(state, batch, now): StepResult<NotifierState> {
      const { dispatcher, outbox } = state;
      const refusals = eachValue(options.decoder, batch, (alert) => {
        if (hasFired(alert.annotations)) dispatcher.observe(alert, now);
      });
      state.nextOffset = batch.nextOffset;
      for (const notification of outbox.take()) dispatcher.delivered(notification, now);
      if (batch.atEnd && batch.length === 0) {
        const { notify, withdraw } = dispatcher.plan(options.decisions, now);
        for (const { groupKey, channel } of withdraw) outbox.withdraw(groupKey, channel);
        for (const notification of notify) outbox.offer(notification);
        outbox.pump(now);
        options.live(dispatcher.size);
      }
      return { state, refusals, outputs: new OutputBatch(), changes: dispatcher.drain() };
    },
  };
}
