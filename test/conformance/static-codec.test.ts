import { staticCodecs } from '../../shared/adapters/avro/static-codecs.js';
import { codecSuite } from './codec.js';

codecSuite('static codecs', async () => {
  const codecs = staticCodecs();
  return { encoder: codecs.encoder('metrics'), decoder: codecs.decoder('metrics') };
});
