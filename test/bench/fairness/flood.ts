import { pointAt, Sender, sendAt, type Target } from './sending.js';

/* The noisy tenant, as a process of its own: arguments are the target as JSON, points per second and partitions. */

const [target = '{}', rate = '0', partitions = '1'] = process.argv.slice(2);
const sender = await new Sender(JSON.parse(target) as Target).connect();
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
process.stdout.write('sending\n');
const run = Date.now().toString(36);
const most = Number(partitions);
const pace = { rate: Number(rate), everyMs: 20, atOnce: 100 };
const sent = await sendAt(
  pace,
  sender,
  (i, now) => pointAt('noisy', `${run}-${i}`, now, Math.floor(i / 50) % most),
  stopping.signal,
);
await sender.close();
process.stdout.write(`sent ${sent} refused ${sender.refused}\n`);
