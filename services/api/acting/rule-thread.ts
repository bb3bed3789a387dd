import { parentPort, workerData } from 'node:worker_threads';
import { type History, type RuleTask, runTask } from './rule-tasks.js';

/*
 * A thread that evaluates rules which somebody has sent: it is ended when it takes too long or too much memory, and the API
 * goes on answering meanwhile.
 */

const { outcome, history } = runTask(workerData as RuleTask);
parentPort?.postMessage(outcome);
if (history !== undefined)
  parentPort?.on('message', (piece: History) => parentPort?.postMessage(history(piece)));
