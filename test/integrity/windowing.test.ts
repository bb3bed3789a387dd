import { shortForm } from './short-form.js';
import { windowing } from './windowing.js';

shortForm(windowing, 'emits every window and every late point exactly once', {
  kill: 2,
  zombie: 2,
  scale: 4,
  broker: 1,
});
