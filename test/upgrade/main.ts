import { messageOf } from '../../shared/core/errors.js';
import { readUpgradeOptions, UPGRADE_USAGE, type UpgradeOptions } from './options.js';
import { runUpgrade } from './upgrade.js';

/* `npm run test:upgrade`: from another build to this one, and back. Exit code 1 on any deviation. */

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  let options: UpgradeOptions;
  try {
    options = readUpgradeOptions(args);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${UPGRADE_USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(UPGRADE_USAGE);
    return 0;
  }
  const sound = await runUpgrade({ ...options, say: (line) => process.stdout.write(`${line}\n`) });
  return sound ? 0 : 1;
}
