import { pino } from 'pino';
import { Codecs } from '../../shared/adapters/avro/codecs.js';
import { loadConfig } from '../../shared/config/load.js';
import { Health } from '../../shared/process/health.js';
import { ownPrefix } from '../support/own-prefix.js';
import { sharedServers } from '../support/servers.js';
import { codecSuite } from './codec.js';

const prefix = ownPrefix('codec');

codecSuite('codecs on a schema registry', async () => {
  const { SCHEMA_REGISTRY_URL } = sharedServers();
  const codecs = new Codecs({
    config: loadConfig({ SCHEMA_REGISTRY_URL, TOPIC_PREFIX: prefix }),
    log: pino({ level: 'silent' }),
    health: new Health(),
    stopping: new AbortController().signal,
  });
  return { encoder: await codecs.encoder('metrics'), decoder: codecs.decoder('metrics') };
});
