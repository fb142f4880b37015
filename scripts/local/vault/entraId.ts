import { constants, randomUUID, verify } from 'node:crypto';
import { failure, type Answer, type Asked } from './answer';

/** An application that may log in, and by what. */
export interface Application {
  id: string;
  secret?: string;
  /** PEM of its certificate; it signs an assertion with the key. */
  certificate?: string;
  /** The token of another identity provider that is as good as a login. */
  federatedToken?: string;
}

/**
 * Entra ID for one machine: the documented client credentials flow.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export class EntraId {
  private readonly tokens = new Map<string, { audience: string; client?: string }>();

  /** @param address where it is reached, without a slash at its end */
  constructor(
    private readonly address: () => string,
    private readonly tenant: string,
    private readonly applications: readonly Application[],
  ) {}

  /** Where a service says that its tokens come from. */
  get authority(): string {
    return `${this.address()}/${this.tenant}`;
  }

  /** What the token of a request is for; undefined when there is none that holds. */
  audienceOf(authorization: string | undefined): string | undefined {
    return this.tokens.get((authorization ?? '').replace(/^Bearer /, ''))?.audience;
  }

  /** The application that the token of a request was given to. */
  clientOf(authorization: string | undefined): string | undefined {
    return this.tokens.get((authorization ?? '').replace(/^Bearer /, ''))?.client;
  }

  /** A token for an audience such as `https://vault.localhost`. */
  issue(audience: string, client?: string): string {
    const token = randomUUID();
    this.tokens.set(token, { audience, ...(client !== undefined && { client }) });
    return token;
  }

  /** From now on, no token for the audience that was given before holds. */
  revoke(audience: string): void {
    for (const [token, other] of this.tokens) if (other.audience === audience) this.tokens.delete(token);
  }

  answer({ url, form }: Asked): Answer {
    if (url.pathname.endsWith('/openid-configuration')) {
      const base = this.authority;
      return {
        status: 200,
        body: {
          issuer: `${base}/v2.0`,
          authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
          token_endpoint: `${base}/oauth2/v2.0/token`,
          jwks_uri: `${base}/discovery/v2.0/keys`,
        },
      };
    }
    if (url.pathname !== `/${this.tenant}/oauth2/v2.0/token`) {
      const wrong = `AADSTS90002: Tenant '${url.pathname.split('/')[1] ?? ''}' not found.`;
      return { status: 400, body: { error: 'invalid_request', error_description: wrong } };
    }
    const client = form.get('client_id') ?? '';
    const application = this.applications.find(({ id }) => id === client);
    const problem = application ? this.wrongLogin(application, form) : 'AADSTS700016: Application not found.';
    if (problem !== undefined) {
      return { status: 401, body: { error: 'invalid_client', error_description: problem } };
    }
    const scope = (form.get('scope') ?? '').split(' ').find((one) => one.endsWith('/.default')) ?? '';
    const audience = scope.replace(/\/\.default$/, '');
    return {
      status: 200,
      body: { token_type: 'Bearer', expires_in: 3600, access_token: this.issue(audience, client) },
    };
  }

  private wrongLogin(application: Application, form: URLSearchParams): string | undefined {
    const assertion = form.get('client_assertion');
    if (assertion !== null) {
      if (assertion === application.federatedToken) return undefined;
      if (application.certificate !== undefined && this.isSigned(assertion, application.certificate))
        return undefined;
      return 'AADSTS700027: The certificate with identifier used to sign the client assertion is not registered.';
    }
    if (application.secret !== undefined && form.get('client_secret') === application.secret)
      return undefined;
    return `AADSTS7000215: Invalid client secret provided for app '${application.id}'.`;
  }

  /** https://learn.microsoft.com/entra/identity-platform/certificate-credentials */
  private isSigned(assertion: string, certificate: string): boolean {
    const [header = '', payload = '', signature = ''] = assertion.split('.');
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const key = { key: certificate, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    const { aud } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { aud?: string };
    return (
      aud?.startsWith(this.authority) === true &&
      verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))
    );
  }
}

/** The answer to a request without a token that holds. */
export function unauthorized(authority: string, resource: string): Answer {
  const challenge = `Bearer authorization="${authority}", resource="${resource}"`;
  return {
    ...failure(401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.'),
    headers: { 'www-authenticate': challenge },
  };
}
