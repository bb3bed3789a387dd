import { Kafka, logLevel } from 'kafkajs';

/* Reads a topic with kafkajs and drops what it reads: `BROKERS TOPIC GROUP RECORDS`. */

const [brokers = '', topic = '', groupId = '', records = '0'] = process.argv.slice(2);
const consumer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR }).consumer({
  groupId,
  maxBytesPerPartition: 4 << 20,
  maxBytes: 64 << 20,
  maxWaitTimeInMs: 100,
});
let left = Number(records);
let begun = false;
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  eachBatch: async ({ batch }) => {
    if (!begun) process.stdout.write(`first ${Date.now()}\n`);
    begun = true;
    left -= batch.messages.length;
    if (left === 0) process.stdout.write(`done ${Date.now()}\n`);
  },
});
process.once('SIGTERM', () => void consumer.disconnect().then(() => process.exit(0)));
