import { userInfo } from 'node:os';
import type { TopicValues } from '../../schemas/types.js';
import type { TopicName } from '../../topics/names.js';
import type { Config } from '../config/load.js';
import { type Clock, systemClock } from '../core/clock.js';
import type { CommandContext } from '../process/context.js';
import { type ControlStep, latestValues, writeControl } from '../runners/control-records.js';

/** What control topics are read and changed with, by commands and by the API. */
export interface ControlAccess {
  readonly config: Config;
  readonly clock: Clock;
  /** Who acts, as `audit` names them: the user of the shell, or of the API `key:ID` and `user:NAME`. */
  readonly user: string;
  /**
   * The latest value of each key of a topic. Waits for servers.
   *
   * @param unreadable is called with each key whose latest value cannot be decoded, and why; by default that is logged
   */
  latest<N extends TopicName>(
    topic: N,
    unreadable?: (key: string, problem: string) => void,
  ): Promise<ReadonlyMap<string, TopicValues[N]>>;
  /** Writes one step after the other: each when all of the one before is acknowledged. Waits for servers. */
  write(...steps: readonly ControlStep[]): Promise<void>;
}

/** For a command, which reads what it needs and ends; whoever runs it is the user. */
export function commandAccess(context: CommandContext): ControlAccess {
  return {
    ...{ config: context.config, clock: systemClock, user: userInfo().username },
    latest: (topic, unreadable) => latestValues(context, topic, unreadable),
    write: (...steps) => writeControl(context, ...steps),
  };
}
