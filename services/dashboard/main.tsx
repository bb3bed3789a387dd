import { render } from 'preact';
import { followAddress, path } from './address/address.js';
import { followTheme } from './parts/theme.js';
import { App } from './shell/app.js';
import { PAGES } from './shell/pages.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';

followTheme();
followAddress();
// The page's code comes while it is asked who is logged in; whoever shows it says what is wrong with it.
PAGES.find((one) => one.path === path.peek().split('/')[1])
  ?.load()
  .catch(() => {});
render(<App />, document.getElementById('app') as HTMLElement);
