import type { ControlAccess } from '../../../shared/control/control-access.js';
import type { CommandContext } from '../../../shared/process/context.js';

/** What a command changes control topics with; loaded when it is needed, since it brings the clients of the servers. */
export async function accessOf(context: CommandContext): Promise<ControlAccess> {
  const { commandAccess } = await import('../../../shared/control/control-access.js');
  return commandAccess(context);
}
