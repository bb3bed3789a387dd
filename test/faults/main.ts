import { faultsCommand } from './command.js';

/* `npm run test:faults`: see README.md. Exit code 1 on any deviation. */

process.exit(await faultsCommand(process.argv.slice(2)));
