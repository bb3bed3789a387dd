import type { Pool } from '../../../shared/adapters/postgres/pool.js';
import type { Millis } from '../../../shared/core/clock.js';
import type { AlignedDefinition } from '../../../shared/windows/definition.js';
import { rollUpIncreasesOfMinute } from './increases.js';
import { rollUpMembers } from './members.js';

/** Takes from the windows of a minute what its roll-ups have besides a continuous aggregate. */
export async function rollUpMinute(pool: Pool, definition: AlignedDefinition, start: Millis): Promise<void> {
  await rollUpIncreasesOfMinute(pool, definition, start);
  await rollUpMembers(pool, definition, start);
}
