import client from '@kafkajs/confluent-schema-registry/dist/api/index.js';
import { ConfluentRegistry } from '../../shared/adapters/registry/confluent-registry.js';
import { ownPrefix } from '../support/own-prefix.js';
import { sharedServers } from '../support/servers.js';
import { schemaRegistrySuite } from './schema-registry.js';

const prefix = ownPrefix('conformance');

schemaRegistrySuite('ConfluentRegistry on Apicurio', () => {
  const host = sharedServers().SCHEMA_REGISTRY_URL;
  const { Subject } = client.default({ host });
  return {
    prefix,
    registry: new ConfluentRegistry(host),
    levels: {
      read: async (subject) =>
        (await Subject.config({ subject })).data<{ compatibilityLevel: string }>().compatibilityLevel,
      set: async (subject, compatibility) => {
        await Subject.updateConfig({ subject, body: { compatibility } });
      },
    },
  };
});
