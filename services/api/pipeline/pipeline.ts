import { FlowOffsets } from '../../../shared/adapters/kafka/admin/flow-offsets.js';
import { createKafka } from '../../../shared/adapters/kafka/client.js';
import { type PipelineWorker, pipelineWorkers } from '../../../shared/catalog/pipeline.js';
import type { WorkerContext } from '../../../shared/process/context.js';
import { graphOf } from './graph.js';
import { PipelineReader } from './pipeline-reader.js';
import { takeSample } from './take-sample.js';

/** What is known of the pipeline, for who asks. */
export class Pipeline {
  readonly #reader: PipelineReader;
  #offsets: Promise<FlowOffsets> | null = null;
  #declared: readonly PipelineWorker[] | null = null;

  constructor(private readonly context: Pick<WorkerContext, 'config' | 'clock' | 'log'>) {
    const { config, clock, log } = context;
    const now = () => clock.now();
    this.#reader = new PipelineReader({
      everyMs: config.api.pipelineIntervalMs,
      waitMs: config.api.queryTimeoutMs,
      ...{ now, log },
      take: async (before) => {
        const offsets = await this.#open();
        return await takeSample(
          { offsets, prefix: config.kafka.topicPrefix, workers: this.#workers(), now },
          before,
        );
      },
    });
  }

  /** @throws TactusError where Kafka does not answer */
  async graph() {
    return graphOf(await this.#reader.read(), this.#workers());
  }

  async close(): Promise<void> {
    await this.#reader.close();
    await (await this.#offsets)?.close();
  }

  /** At the first question, as the connection: most processes are never asked. */
  #workers(): readonly PipelineWorker[] {
    this.#declared ??= pipelineWorkers();
    return this.#declared;
  }

  async #open(): Promise<FlowOffsets> {
    this.#offsets ??= this.#connect();
    try {
      return await this.#offsets;
    } catch (error) {
      this.#offsets = null;
      throw error;
    }
  }

  async #connect(): Promise<FlowOffsets> {
    const offsets = new FlowOffsets(createKafka(this.context), this.context.log);
    await offsets.connect();
    return offsets;
  }
}
