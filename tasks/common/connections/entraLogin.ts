import type { TokenCredential } from '@azure/identity';
import type { KubeConfig, User } from '@kubernetes/client-node';
import { systemClock, type Clock } from '../clock';
import { credentialFromConnection, tokenOf } from './azureCredential';
import { loginProgramOf, replaceUser } from './kubeconfig';

/** The application that stands for the API servers of AKS in every cloud (azure.github.io/kubelogin/concepts/aks.html). */
const AKS_SERVER = '6dae42f8-4368-4678-94ff-3960e28e3630';
const ENTRA = 'entra';
/** Requests that run side by side find out at the same time that their token is no longer taken. */
const RENEWAL_HOLDS_MS = 2_000;

/** What client-node asks for the headers of each request; its own type hangs on a package without types. */
interface Authenticator {
  isAuthProvider(user: User): boolean;
  applyAuthentication(user: User, options: { headers?: object }): Promise<void>;
}

/** The login to a cluster that can be made anew while a deployment runs. */
export interface ClusterLogin {
  /** Forgets the token that the API server did not take; the next request gets a new one. */
  renew: () => void;
}

interface EntraOptions {
  clock?: Clock;
  newCredential?: typeof credentialFromConnection;
}

/** Whether the kubeconfig's user logs in by Entra ID, with kubelogin or as kubectl before 1.26. */
export function asksForEntraToken(user: User | null): boolean {
  return /(^|[\\/])kubelogin(\.exe)?$|^azure$/.test(loginProgramOf(user) ?? '');
}

/**
 * Logs in to a cluster with Entra ID as kubelogin would, without starting it: every request carries a token of the service
 * connection's identity for the server's application. The SDK keeps the token and renews it before it ends.
 */
export function logInWithEntra(
  config: KubeConfig,
  azureConnection: string,
  { clock = systemClock, newCredential = credentialFromConnection }: EntraOptions = {},
): ClusterLogin {
  const scope = `${serverOf(config.getCurrentUser())}/.default`;
  let credential: { since: number; value: Promise<TokenCredential> } | undefined;
  const authenticator: Authenticator = {
    isAuthProvider: (user) => loginProgramOf(user) === ENTRA,
    applyAuthentication: async (_user, options) => {
      credential ??= { since: clock.now(), value: newCredential(azureConnection) };
      const token = await tokenOf(azureConnection, await credential.value, scope);
      options.headers = { ...options.headers, Authorization: `Bearer ${token}` };
    },
  };
  config.addAuthenticator(authenticator);
  replaceUser(config, { name: ENTRA, authProvider: { name: ENTRA } });
  return {
    renew: () => {
      // A new credential has no token in its cache.
      if (credential && clock.now() - credential.since > RENEWAL_HOLDS_MS) credential = undefined;
    },
  };
}

/** `--server-id` of kubelogin, `apiserver-id` of the former plugin. */
function serverOf(user: User | null): string {
  const { exec, authProvider } = (user ?? {}) as {
    exec?: { args?: string[] };
    authProvider?: { config?: { 'apiserver-id'?: string } };
  };
  const at = exec?.args?.indexOf('--server-id') ?? -1;
  return (at >= 0 ? exec?.args?.[at + 1] : authProvider?.config?.['apiserver-id']) ?? AKS_SERVER;
}
