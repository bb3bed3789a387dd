import { shortForm } from './short-form.js';
import { sink } from './sink/sink.js';

shortForm(sink, 'stores every id in one row, though it is killed in the middle', {
  kill: 2,
  zombie: 0,
  scale: 0,
  broker: 0,
});
