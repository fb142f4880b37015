import { KubeConfig, type User } from '@kubernetes/client-node';
import { maskSecret } from '../agent/secrets';
import { UserError } from '../errors';

/**
 * Reads a kubeconfig, in memory only.
 * @param where the beginning of a message: `The kubeconfig of …`
 * @param context the current one of the kubeconfig when undefined
 * @throws UserError for what is no kubeconfig, and for a context that names no cluster
 */
export function parseKubeConfig(text: string, where: string, context?: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
  } catch {
    // The parser's message would quote the kubeconfig.
    throw new UserError(`${where} is not valid YAML of kind Config.`);
  }
  config.getUsers().forEach(maskUser);
  if (context) config.setCurrentContext(context);
  if (!config.getCurrentCluster()) {
    const known = config.getContexts().map(({ name }) => name);
    throw new UserError(
      `${where}: the context '${config.getCurrentContext()}' names no cluster; ` +
        `it has the contexts ${known.join(', ') || '(none)'}.`,
    );
  }
  return config;
}

/** What is secret in it; the other lines (`kind: Config`) would blacken every log. */
function maskUser({ token, password, keyData }: User): void {
  const key = keyData && Buffer.from(keyData, 'base64').toString('utf8');
  for (const secret of [token, password, keyData, key]) if (secret) maskSecret(secret);
}

/** Replaces the user of the current context. */
export function replaceUser(config: KubeConfig, user: User): void {
  const { name } = config.getCurrentUser() ?? { name: user.name };
  config.users = [...config.users.filter((other) => other.name !== name), { ...user, name }];
}

/**
 * The program that the kubeconfig's user would start to log in, or undefined. client-node runs it without asking: from its
 * own fields `exec` and `auth-provider`.
 */
export function loginProgramOf(user: User | null): string | undefined {
  const { exec, authProvider } = (user ?? {}) as {
    exec?: { command?: string };
    authProvider?: { name?: string };
  };
  if (exec) return exec.command ?? 'exec';
  return authProvider?.name;
}
