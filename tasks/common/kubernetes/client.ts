import {
  ApiException,
  HttpMethod,
  KubernetesObjectApi,
  PatchStrategy,
  type KubeConfig,
  type ResponseContext,
} from '@kubernetes/client-node';
import type { Clock } from '../clock';
import { messageOf, UserError } from '../errors';
import { debug } from '../agent/log';
import { withoutSecrets } from '../agent/secrets';
import type { ClusterLogin } from '../connections/entraLogin';
import { keepConnections } from './keepConnections';
import { MANAGER, type KubernetesObject } from './object';

/** Requests at a time: what a small API server answers without making others wait. */
export const CONCURRENCY = 16;
/** A request that was not answered by then is given up, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Pauses before a request is sent again, in milliseconds: long enough for an API server that restarts. */
const RETRY_AFTER_MS = [250, 500, 1_000, 2_000, 4_000];
/** https://kubernetes.io/docs/reference/using-api/api-concepts/: overload, and a server that is (not yet) there. */
const TRANSIENT_STATUS = [429, 500, 502, 503, 504];

/** What server-side apply says, with status 500, of an object whose fields do not exist. */
const WRONG_OBJECT = /failed to create typed patch object/;

/** What the API server refused. The message is the server's own. */
export class ApiError extends UserError {
  override name = 'ApiError';

  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export interface ApplyOptions {
  /** Let the server, with its admission, answer as it would, and keep nothing. */
  dryRun?: boolean;
  /** Take fields over from other managers; without it, one that they own with another value is an error 409. */
  force?: boolean;
  /** Who owns the fields; default: this extension. */
  manager?: string;
}

/** Where an object's kind is served. */
export interface ResourceType {
  apiVersion: string;
  kind: string;
  /** Name in URLs: `deployments`. */
  plural: string;
  namespaced: boolean;
}

/**
 * The API server, for objects of any kind as plain JSON. client-node's own methods pass every built-in object through
 * the types of its release, which silently drops each field that is newer or misspelt; here the server judges.
 * Connection failures and overload are retried; all methods are safe to repeat.
 */
export class KubernetesClient extends KubernetesObjectApi {
  private clock!: Clock;
  private login?: ClusterLogin;

  /**
   * @param namespace of namespaced objects that name none
   * @param login by which the config logs in, when that can be done anew
   */
  static connect(
    config: KubeConfig,
    namespace: string,
    clock: Clock,
    login?: ClusterLogin,
  ): KubernetesClient {
    const client = config.makeApiClient(KubernetesClient);
    client.configuration.authMethods.default = keepConnections(config);
    client.defaultNamespace = namespace;
    client.clock = clock;
    client.login = login;
    return client;
  }

  /** How the server serves a kind, or undefined when it does not know it. */
  async resourceType(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    return this.retried(() => this.lookUp(apiVersion, kind));
  }

  /** The object as it is now, or undefined when there is none. */
  async find(object: KubernetesObject): Promise<KubernetesObject | undefined> {
    try {
      return (await this.send(HttpMethod.GET, await this.pathOf(object))) as KubernetesObject;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  /** A list as the API reference has it; `path` such as `/api/v1/namespaces/langflow/pods`. */
  async listPath(path: string, query: Record<string, string> = {}): Promise<KubernetesList> {
    const list = (await this.send(HttpMethod.GET, path, query)) as KubernetesList;
    // The items of a list leave out what the list says once.
    const kind = list.kind.replace(/List$/, '');
    return { ...list, items: list.items.map((item) => ({ ...item, apiVersion: list.apiVersion, kind })) };
  }

  /**
   * Server-side apply: makes the fields of the object ours, with these values, and removes those that we set before and
   * that are gone. Unknown fields are refused. Identical content changes nothing.
   */
  async apply(
    object: KubernetesObject,
    { dryRun = false, force = true, manager = MANAGER }: ApplyOptions = {},
  ): Promise<KubernetesObject> {
    const query = {
      fieldManager: manager,
      force: `${force}`,
      fieldValidation: 'Strict',
      ...(dryRun ? { dryRun: 'All' } : {}),
    };
    // A kind that the release itself brings is listed a moment after its CRD is established.
    const path = await this.pathOf(object, { listedSoon: !dryRun });
    return (await this.send(HttpMethod.PATCH, path, query, {
      type: PatchStrategy.ServerSideApply,
      content: object,
    })) as KubernetesObject;
  }

  /** @throws ApiError with code 409 when it exists already */
  async createObject(object: KubernetesObject): Promise<KubernetesObject> {
    const path = await this.retried(() => this.specUriPath(header(object), 'create'));
    return (await this.send(
      HttpMethod.POST,
      path,
      { fieldManager: MANAGER },
      {
        type: 'application/json',
        content: object,
      },
    )) as KubernetesObject;
  }

  /**
   * Replaces an object that was read before, unless somebody has changed it since.
   * @throws ApiError with code 409 when its resourceVersion is not the current one
   */
  async update(object: KubernetesObject): Promise<KubernetesObject> {
    const query = { fieldManager: MANAGER };
    const body = { type: 'application/json', content: object };
    return (await this.send(HttpMethod.PUT, await this.pathOf(object), query, body)) as KubernetesObject;
  }

  /** Asks one of the review APIs, such as SelfSubjectAccessReview; nothing is kept. */
  async review(review: Omit<KubernetesObject, 'metadata'>): Promise<unknown> {
    return this.createObject({ ...review, metadata: { name: '' } } as KubernetesObject);
  }

  /** Any other answer, such as that of `/version`. */
  async getPath(path: string, accept?: string): Promise<unknown> {
    return this.send(HttpMethod.GET, path, {}, undefined, accept);
  }

  /** Deletes the object and, in the background, what it owns. One that is gone already is no error. */
  async remove(object: KubernetesObject): Promise<void> {
    try {
      await this.send(HttpMethod.DELETE, await this.pathOf(object), { propagationPolicy: 'Background' });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  }

  /**
   * The last lines of a container's log; `previous` is the run before its last restart. What it prints of the release's
   * secrets is taken out, for the lines go to places that the agent does not mask: events, records, summaries.
   */
  async logTail(pod: KubernetesObject, container: string, lines: number, previous: boolean): Promise<string> {
    const query = { container, tailLines: `${lines}`, previous: `${previous}` };
    const path = `${await this.pathOf(pod)}/log`;
    return withoutSecrets((await this.send(HttpMethod.GET, path, query)) as string);
  }

  /** @throws ApiError with code 404 when the server does not know the kind, at once or `listedSoon` after some seconds */
  private pathOf(object: KubernetesObject, { listedSoon = false } = {}): Promise<string> {
    return this.retried(async () => {
      const { apiVersion, kind } = object;
      if ((await this.lookUp(apiVersion, kind)) === undefined)
        throw new ApiError(404, `the API server does not know ${kind} of ${apiVersion}`);
      return this.specUriPath(header(object), 'read');
    }, listedSoon);
  }

  private async lookUp(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    try {
      const found = await this.resource(apiVersion, kind);
      return found && { apiVersion, kind, plural: found.name, namespaced: found.namespaced };
    } catch (error) {
      if (toApiError(error)?.code === 404) return undefined;
      throw error;
    }
  }

  private send(
    method: HttpMethod,
    path: string,
    query: Record<string, string> = {},
    body?: { type: string; content: KubernetesObject },
    accept = 'application/json, */*;q=0.8',
  ): Promise<unknown> {
    return this.retried(() => {
      const request = this.configuration.baseServer.makeRequestContext(path, method);
      request.setSignal(AbortSignal.timeout(REQUEST_TIMEOUT_MS));
      request.setHeaderParam('Accept', accept);
      for (const [name, value] of Object.entries(query)) request.setQueryParam(name, value);
      if (body) {
        request.setHeaderParam('Content-Type', body.type);
        request.setBody(JSON.stringify(body.content));
      }
      return this.requestPromise(request);
    });
  }

  /** Answers stay the JSON (or, for logs, the text) that they are. */
  protected override async processResponse<T>(response: ResponseContext): Promise<T> {
    const text = await response.body.text();
    if (response.httpStatusCode >= 300) {
      throw new ApiException(response.httpStatusCode, 'refused', text, response.headers);
    }
    const isJson = response.headers['content-type']?.startsWith('application/json');
    if (!isJson) return text as T;
    const answer = JSON.parse(text) as { kind?: string; resources?: unknown[] | null };
    // A group version answers before its first kind is listed, and client-node wants a list.
    if (answer.kind === 'APIResourceList') answer.resources ??= [];
    return answer as T;
  }

  private async retried<T>(request: () => Promise<T>, untilFound = false): Promise<T> {
    for (const pause of [...RETRY_AFTER_MS, undefined]) {
      try {
        return await request();
      } catch (thrown) {
        const error = toApiError(thrown);
        // A token may end, or be taken back, while a deployment runs.
        if (error?.code === 401) this.login?.renew();
        const transient =
          error?.code === 0 ||
          (error?.code === 401 && this.login !== undefined) ||
          (error?.code === 404 && untilFound) ||
          (TRANSIENT_STATUS.includes(error?.code ?? -1) && !WRONG_OBJECT.test(error?.message ?? ''));
        if (!transient || pause === undefined) throw error ?? thrown;
        debug(`The API server did not serve a request (${messageOf(error)}); trying again in ${pause} ms.`);
        await this.clock.sleep(pause);
      }
    }
    throw new Error('unreachable');
  }
}

/** What decides an object's URL; a copy, since client-node writes the default namespace into it. */
function header({ apiVersion, kind, metadata }: KubernetesObject) {
  return { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } };
}

export interface KubernetesList {
  apiVersion: string;
  kind: string;
  metadata?: { resourceVersion?: string };
  items: KubernetesObject[];
}

/** The error as the server meant it; undefined when it is none of the server's or the network's. */
function toApiError(thrown: unknown): ApiError | undefined {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof ApiException) return new ApiError(thrown.code, statusMessage(thrown));
  // node-fetch: failed connections are FetchError of type 'system'; our time limit is an AbortError.
  const { name, type } = thrown as { name?: string; type?: string };
  if (name === 'AbortError') return new ApiError(0, `no answer within ${REQUEST_TIMEOUT_MS / 1_000} s`);
  if (name === 'FetchError' && type === 'system') return new ApiError(0, messageOf(thrown));
  return undefined;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
function statusMessage({ code, body }: ApiException<unknown>): string {
  const text = String(body);
  const hint =
    code === 401
      ? ' (the API server does not take the login: its token or certificate may have ended, or be of another tenant)'
      : '';
  try {
    const { message } = JSON.parse(text) as { message?: string };
    if (message) return message + hint;
  } catch {
    // A proxy's answer, not the API server's.
  }
  return `HTTP status ${code}: ${text.slice(0, 200)}${hint}`;
}
