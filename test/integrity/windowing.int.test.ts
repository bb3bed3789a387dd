import { shortForm } from './short-form.js';
import { windowing } from './windowing.js';

shortForm(windowing, 'emits every window and every late point exactly once', {
  kill: 1,
  zombie: 1,
  scale: 1,
  broker: 1,
});
