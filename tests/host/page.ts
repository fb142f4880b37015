/// <reference lib="dom" />
import { channelManager } from '../../node_modules/azure-devops-extension-sdk/esm/XDM';
import type { HostSettings } from './server';

/**
 * What the page of a run in Azure DevOps is to an extension's tab: a frame of another origin, and on the channel of the
 * SDK itself the handshake, the theme, the token, the services and the configuration of build-results-tab.
 */
const settings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}') as HostSettings;
const select = document.getElementById('theme') as HTMLSelectElement;
const frame = document.createElement('iframe');
const listeners: ((build: unknown) => void)[] = [];

/** A part of the variables that Azure DevOps sends, with the values of its light and its dark theme. */
const THEMES: Record<string, Record<string, string>> = {
  light: {
    'background-color': 'rgba(255, 255, 255, 1)',
    'text-primary-color': 'rgba(0, 0, 0, 0.9)',
    'text-secondary-color': 'rgba(0, 0, 0, 0.55)',
  },
  dark: {
    'background-color': 'rgba(31, 31, 31, 1)',
    'text-primary-color': 'rgba(255, 255, 255, 1)',
    'text-secondary-color': 'rgba(255, 255, 255, 0.65)',
  },
};

frame.title = 'Langflow release';
// An Azure DevOps Server gives the frame no origin of its own.
if (settings.isSandboxed) frame.sandbox.add('allow-scripts', 'allow-popups', 'allow-downloads');
frame.src = settings.tab;
document.body.append(frame);
const title = document.getElementById('title');
if (title) title.textContent = settings.title;
select.value = settings.theme;

const target = frame.contentWindow;
if (!target) throw new Error('The frame has no window.');
const channel = channelManager.addChannel(
  target,
  settings.isSandboxed ? 'null' : new URL(settings.tab).origin,
);
const registry = channel.getObjectRegistry();
registry.register('DevOps.HostControl', {
  initialHandshake: () => ({
    contributionId: 'langflow.langflow-delivery.release-tab',
    context: {
      extension: {
        id: 'langflow.langflow-delivery',
        publisherId: 'langflow',
        extensionId: 'langflow-delivery',
        version: '1',
      },
      user: { id: 'local', name: 'local', displayName: 'local', descriptor: '', imageUrl: '' },
      host: { id: 'local', name: 'local', serviceVersion: '', type: 4, isHosted: !settings.isSandboxed },
      pageContext: { webContext: {} },
    },
    initialConfig: {
      onBuildChanged: (listener: (build: unknown) => void) => {
        listeners.push(listener);
        listener(settings.build);
      },
    },
    themeData: THEMES[select.value],
  }),
  getAccessToken: () => ({ token: settings.token }),
  notifyLoadSucceeded: () => {
    document.body.dataset.loaded = 'true';
  },
  notifyLoadFailed: (problem: unknown) => {
    document.body.dataset.loaded = String(problem);
  },
  resize: () => undefined,
});
registry.register('DevOps.ServiceManager', {
  getService: (id: string) => SERVICES[id],
});

const SERVICES: Record<string, object> = {
  'ms.vss-features.location-service': { getResourceAreaLocation: () => settings.collection },
  'ms.vss-build-web.build-page-data-service': { getBuildPageData: () => ({ build: settings.build }) },
  'ms.vss-tfs-web.tfs-page-data-service': { getProject: () => settings.build.project },
};

const paint = (): void => {
  document.body.className = select.value;
};
select.addEventListener('change', () => {
  paint();
  const detail = { detail: { data: THEMES[select.value] } };
  void channel.invokeRemoteMethod('dispatchEvent', 'DevOps.SdkClient', ['themeChanged', detail]);
});
paint();
