import { Kafka, logLevel, Partitioners } from 'kafkajs';

/*
 * Produces records of a given size with kafkajs, acks from all: `BROKERS TOPIC RECORDS BYTES`. The
 * messages are made before, with keys of 200 series; nothing but producing is measured.
 */

const PER_SEND = 2_000;
const IN_FLIGHT = 4;

const [brokers = '', topic = '', records = '0', bytes = '0'] = process.argv.slice(2);
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
const messages = Array.from({ length: PER_SEND }, (_, i) => ({
  key: `tenant-${i % 20}|service.requests.rate_${i % 10}`,
  value: Buffer.alloc(Number(bytes), i),
}));
await producer.connect();
await producer.send({ topic, messages });
process.stdout.write(`first ${Date.now()}\n`);
let left = Number(records);
const sender = async (): Promise<void> => {
  while (left > 0) {
    left -= PER_SEND;
    await producer.send({ topic, messages, acks: -1 });
  }
};
await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
process.stdout.write(`done ${Date.now()}\n`);
process.once('SIGTERM', () => void producer.disconnect().then(() => process.exit(0)));
