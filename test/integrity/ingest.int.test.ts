import { ingest } from './ingest/ingest.js';
import { shortForm } from './short-form.js';

shortForm(ingest, 'lets every valid id through once and in order, and refuses every invalid record once', {
  kill: 1,
  zombie: 0,
  scale: 0,
  broker: 1,
});
