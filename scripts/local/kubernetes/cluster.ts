import { run, succeeds } from '../command';
import { KUBECONFIG } from '../paths';
import { programPath } from '../programs';

/** KUBECONFIG's value when it names another cluster than ours, and that answers. */
export async function givenKubeconfig(): Promise<string | undefined> {
  const given = process.env.KUBECONFIG;
  if (!given || given === KUBECONFIG) return undefined;
  const answers = await succeeds(programPath('kubectl'), ['get', '--raw=/readyz', '--request-timeout=5s']);
  return answers ? given : undefined;
}

/** The part of a kubeconfig that its current context needs, with the certificates in it. */
export async function selfContained(
  kubeconfig: string,
): Promise<{ text: string; server: string; context: string }> {
  const env = { KUBECONFIG: kubeconfig };
  const view = ['config', 'view', '--raw', '--minify', '--flatten', '--output=json'];
  const text = await run(programPath('kubectl'), view, { env, secret: true });
  const parsed = JSON.parse(text) as {
    'current-context': string;
    clusters: [{ cluster: { server: string } }];
  };
  return { text, server: parsed.clusters[0].cluster.server, context: parsed['current-context'] };
}
