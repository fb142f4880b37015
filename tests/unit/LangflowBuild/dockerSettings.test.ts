import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import {
  dockerSettings,
  proxyVariables,
  userBuildxConfig,
} from '../../../tasks/LangflowBuild/dockerSettings';

describe('the settings of our Docker configuration', () => {
  const names = [
    'DOCKER_CONFIG',
    'BUILDX_CONFIG',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
  ];
  const former = new Map(names.map((name) => [name, process.env[name]]));
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'docker-'));
    for (const name of [...names, 'AGENT_PROXYURL']) Reflect.deleteProperty(process.env, name);
    process.env.DOCKER_CONFIG = folder;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    Reflect.deleteProperty(process.env, 'AGENT_PROXYURL');
    for (const [name, value] of former) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  it('find the plugins of the user, and need no proxy', () => {
    assert.deepEqual(dockerSettings(), {
      proxies: undefined,
      cliPluginsExtraDirs: [path.join(folder, 'cli-plugins')],
    });
  });

  it('keep what the user set, but no credential', () => {
    process.env.HTTP_PROXY = 'http://not-this-one:3128';
    const proxies = { default: { httpProxy: 'http://proxy:3128' } };
    writeFileSync(
      path.join(folder, 'config.json'),
      JSON.stringify({ auths: { x: { auth: 'c2VjcmV0' } }, proxies, cliPluginsExtraDirs: ['/opt/plugins'] }),
    );
    assert.deepEqual(dockerSettings(), {
      proxies,
      cliPluginsExtraDirs: ['/opt/plugins', path.join(folder, 'cli-plugins')],
    });
  });

  it('have the proxy of the environment, in either case of its name', () => {
    process.env.http_proxy = 'http://proxy:3128';
    process.env.HTTPS_PROXY = 'http://proxy:3129';
    process.env.NO_PROXY = 'localhost,.example.org';
    const proxy = {
      httpProxy: 'http://proxy:3128',
      httpsProxy: 'http://proxy:3129',
      noProxy: 'localhost,.example.org',
    };
    assert.deepEqual(dockerSettings().proxies, { default: proxy });
    assert.deepEqual(proxyVariables(proxy), {
      HTTP_PROXY: 'http://proxy:3128',
      HTTPS_PROXY: 'http://proxy:3129',
      NO_PROXY: 'localhost,.example.org',
    });
  });

  it('have the proxy of the agent before that of its environment', () => {
    process.env.AGENT_PROXYURL = 'http://agent-proxy:3128';
    process.env.HTTP_PROXY = 'http://proxy:3128';
    const { default: proxy } = dockerSettings().proxies ?? {};
    assert.match(proxy?.httpProxy ?? '', /^http:\/\/agent-proxy:3128/);
    assert.equal(proxy?.httpsProxy, proxy?.httpProxy);
  });

  it('know where the builders of the user are', () => {
    assert.equal(userBuildxConfig(), path.join(folder, 'buildx'));
    process.env.BUILDX_CONFIG = '/elsewhere';
    assert.equal(userBuildxConfig(), '/elsewhere');
  });
});
