import { runWorker, type StartWorker } from '../../shared/runners/worker.js';

/*
 * A worker that takes a record in hand and never ends with it (`hangs`), or leaves the event loop no turn (`spins`, or
 * `is watched` and ended after two seconds of it).
 */
const [how] = process.argv.slice(2);
const start: StartWorker = async ({ health }) => {
  health.watch('metrics[0]', { pending: () => true, done: () => 0, afterMs: 1_000 });
  if (how === 'waits') health.block('Kafka', 'waiting for Kafka');
  if (how === 'spins' || how === 'is watched')
    setTimeout(() => {
      for (;;);
    }, 500);
  return async () => {};
};
process.exitCode = await runWorker('stuck', start, how === 'is watched' ? 2_000 : undefined);
process.exit();
