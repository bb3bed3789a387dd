import { runWorker } from '../../shared/runners/worker.js';

/* A worker that takes a record in hand and never ends with it (`hangs`), or leaves the event loop no turn (`spins`). */
const [how] = process.argv.slice(2);
process.exitCode = await runWorker('stuck', async ({ health }) => {
  health.watch('metrics[0]', { pending: () => true, done: () => 0, afterMs: 1_000 });
  if (how === 'waits') health.block('Kafka', 'waiting for Kafka');
  if (how === 'spins')
    setTimeout(() => {
      for (;;);
    }, 500);
  return async () => {};
});
process.exit();
