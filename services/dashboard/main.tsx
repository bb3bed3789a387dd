import { render } from 'preact';
import { followAddress } from './address/address.js';
import { followTheme } from './parts/theme.js';
import { App } from './shell/app.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';

followTheme();
followAddress();
render(<App />, document.getElementById('app') as HTMLElement);
