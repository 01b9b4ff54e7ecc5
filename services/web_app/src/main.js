import { mount } from 'svelte';
import App from './ui/App.svelte';
import { createApp } from './app.js';
import { exposeProbe } from './probe.js';
import './styles/tokens.css';
import './styles/base.css';

const app = createApp();
exposeProbe(app);
mount(App, { target: /** @type {HTMLElement} */ (document.getElementById('app')), props: { app } });
