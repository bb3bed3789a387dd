import type { TopicValues } from '../../../schemas/types.js';
import type { TopicName } from '../../../topics/names.js';
import { type CatalogSchema, loadSchemas, recordSchema, subjectOf } from '../../catalog/schemas.js';
import { INTERNAL, loadTopics, type TopicDeclaration } from '../../catalog/topics.js';
import type { AvroRecord } from '../../core/avro-schema.js';
import { type Clock, systemClock } from '../../core/clock.js';
import { TactusError } from '../../core/errors.js';
import type { ValueDecoder, ValueEncoder } from '../../ports/codec.js';
import type { SchemaRegistry } from '../../ports/registry.js';
import type { WorkerContext } from '../../process/context.js';
import { untilItWorks, type WaitingFor } from '../../process/wait.js';
import { openRegistry } from '../registry/open-registry.js';
import { RegistrySchemas } from '../registry/registry-schemas.js';
import { fixedSchemas } from './static-codecs.js';
import { type CodecTelemetry, codecTelemetry } from './telemetry.js';
import { AvroDecoder, AvroEncoder } from './value-codec.js';

type CodecContext = Pick<WorkerContext, 'config' | 'log' | 'health' | 'stopping'> &
  Partial<Pick<WorkerContext, 'metrics'>>;

/** Encoders and decoders of a process for the values of topics, on the schema registry. */
export class Codecs {
  readonly #registry: SchemaRegistry;
  readonly #writers: RegistrySchemas;
  readonly #schemas: ReadonlyMap<string, CatalogSchema> = loadSchemas();
  readonly #topics: ReadonlyMap<TopicName, TopicDeclaration> = loadTopics();
  readonly #waiting: WaitingFor;
  readonly #topicPrefix: string;
  readonly #telemetry: CodecTelemetry;

  constructor({ config, log, health, stopping, metrics }: CodecContext, clock: Clock = systemClock) {
    this.#registry = openRegistry({ config, log });
    this.#waiting = { what: 'the schema registry', signal: stopping, log, health };
    this.#writers = new RegistrySchemas(this.#registry, clock, this.#waiting);
    this.#topicPrefix = config.kafka.topicPrefix;
    this.#telemetry = codecTelemetry(metrics);
  }

  /**
   * The encoder of a topic's values; registers the repository's schema where it is missing. Waits
   * for a registry that is down.
   *
   * @throws TactusError `TACTUS_SCHEMA_INCOMPATIBLE` when the registry refuses the schema.
   */
  async encoder<N extends TopicName>(topic: N): Promise<ValueEncoder<TopicValues[N]>> {
    const schema = this.#schemaOf(topic);
    const subject = subjectOf(this.#topicPrefix, topic);
    const { id } = await untilItWorks(() => this.#registry.ensure(subject, schema), this.#waiting);
    return new AvroEncoder(schema, id);
  }

  /** The decoder of a topic's values into the current type, whichever compatible version wrote them. */
  decoder<N extends TopicName>(topic: N): ValueDecoder<TopicValues[N]> {
    return new AvroDecoder(this.#schemaOf(topic), this.#writers, () => this.#telemetry.unknownSchema(topic));
  }

  /** The decoder of what an encoder of this process writes: there is nothing to be fetched. */
  ownDecoder<N extends TopicName>(
    topic: N,
    { schemaId }: Pick<ValueEncoder<never>, 'schemaId'>,
  ): Pick<ValueDecoder<TopicValues[N]>, 'decode'> {
    const schema = this.#schemaOf(topic);
    return new AvroDecoder(schema, fixedSchemas(new Map([[schemaId, schema]])));
  }

  #schemaOf(topic: TopicName): AvroRecord {
    const value = this.#topics.get(topic)?.value ?? INTERNAL;
    if (value === INTERNAL)
      throw new TactusError('TACTUS_INVARIANT', `the values of ${topic} have no schema`);
    return recordSchema(this.#schemas, value).schema;
  }
}
