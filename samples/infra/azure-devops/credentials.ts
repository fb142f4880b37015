import { UserError } from '../../../tasks/common/errors';

/** Secrets that settings.yml must not hold, by what they are for. Undefined where the environment has none. */
export interface Secrets {
  githubToken?: string;
  /** As in a Secret of type kubernetes.io/service-account-token: still in base64. */
  kubernetesToken?: string;
  /** No secret, but it belongs to the token. In base64. */
  kubernetesCertificate?: string;
  superuserPassword?: string;
}

/** Environment variables of the secrets. */
export const SECRET_VARIABLES: Record<keyof Secrets, string> = {
  // The name that `az devops service-endpoint github create` reads.
  githubToken: 'AZURE_DEVOPS_EXT_GITHUB_PAT',
  kubernetesToken: 'LANGFLOW_AKS_TOKEN',
  kubernetesCertificate: 'LANGFLOW_AKS_CA',
  superuserPassword: 'LANGFLOW_SUPERUSER_PASSWORD',
};

export function readSecrets(environment: NodeJS.ProcessEnv): Secrets {
  const entries = Object.entries(SECRET_VARIABLES).map(([key, name]) => [
    key,
    environment[name] || undefined,
  ]);
  return Object.fromEntries(entries) as Secrets;
}

/**
 * The value of the header Authorization. A personal access token goes as the password of Basic, an Entra token or a job's
 * token as Bearer: https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/authentication-guidance
 * @throws UserError without a token
 */
export function authorizationHeader(environment: NodeJS.ProcessEnv): { header: string; token: string } {
  const pat = environment.AZURE_DEVOPS_EXT_PAT;
  if (pat) return { header: `Basic ${Buffer.from(`:${pat}`).toString('base64')}`, token: pat };
  const bearer = environment.SYSTEM_ACCESSTOKEN;
  if (bearer) return { header: `Bearer ${bearer}`, token: bearer };
  throw new UserError(
    'There is no token. Set AZURE_DEVOPS_EXT_PAT to a personal access token, or SYSTEM_ACCESSTOKEN to an Entra token ' +
      '(az account get-access-token --resource 499b84ac-1321-427f-aa17-267ca6975798 --query accessToken --output tsv).',
  );
}

/** Replaces each secret in a text, in clear and in base64. Short ones too: a password of four letters is still one. */
export function redactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const forms = secrets
    .filter((secret): secret is string => Boolean(secret))
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64'),
    ])
    .sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}
