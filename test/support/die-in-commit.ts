import { existsSync } from 'node:fs';
import { Brokers } from '../../shared/adapters/kafka/produce/brokers.js';

/*
 * Preloaded into a worker's process (dyingInCommit): kills it, as soon as a file is there, when a transaction is
 * written and its end has not been asked for.
 */

const file = new URL(import.meta.url).searchParams.get('file') ?? '';
const { send } = Brokers.prototype;

Brokers.prototype.send = function (broker, request, silentMs) {
  if (request.apiName === 'EndTxn' && existsSync(file)) process.kill(process.pid, 'SIGKILL');
  return send.call(this, broker, request, silentMs) as never;
};
