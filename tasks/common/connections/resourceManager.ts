import type { AzureConnection } from './azure';
import { tokenOf } from './azureCredential';
import { UserError } from '../errors';
import { agentProxy } from './proxy';

/** One call of Azure Resource Manager. */
export interface ResourceManagerCall {
  method: 'GET' | 'POST' | 'PUT';
  /** From `/subscriptions/` on. */
  path: string;
  /** With `api-version`. */
  query: Record<string, string>;
  body?: unknown;
}

/** What Resource Manager refused. The message is its own. */
export class ResourceManagerError extends UserError {
  override name = 'ResourceManagerError';

  constructor(
    /** HTTP status. */
    readonly status: number,
    /** Its word for it: `AuthorizationFailed`, `ResourceGroupNotFound` … */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Asks Azure Resource Manager. Busy answers (429, 5xx, Retry-After) and lost connections are tried again by the SDK's
 * pipeline. The typed client for AKS is not used: its releases since 25 refuse Node 20, on which agents run us, and it knows
 * nothing of Application Insights.
 * @returns the parsed answer
 * @throws ResourceManagerError when it refuses, UserError when there is no token
 */
export async function askResourceManager(
  connection: AzureConnection,
  { method, path, query, body }: ResourceManagerCall,
  abortSignal?: AbortSignal,
): Promise<unknown> {
  const { createDefaultHttpClient, createHttpHeaders, createPipelineFromOptions, createPipelineRequest } =
    await import('@azure/core-rest-pipeline');
  const { id, credential, resourceManager, resourceManagerScope } = connection;
  const token = await tokenOf(id, credential, resourceManagerScope, abortSignal);
  const pipeline = createPipelineFromOptions({});
  pipeline.addPolicy(agentProxy().policy);
  const response = await pipeline.sendRequest(
    createDefaultHttpClient(),
    createPipelineRequest({
      url: `${resourceManager}${path}?${new URLSearchParams(query).toString()}`,
      method,
      headers: createHttpHeaders({
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      abortSignal,
    }),
  );
  const text = response.bodyAsText ?? '';
  if (response.status < 200 || response.status > 299) throw errorOf(response.status, text);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/common-deployment-errors: `{ error: { code, message } }`. */
function errorOf(status: number, text: string): ResourceManagerError {
  try {
    const parsed = JSON.parse(text) as {
      error?: { code?: string; message?: string };
      code?: string;
      message?: string;
    };
    const { code, message } = parsed.error ?? parsed;
    if (message) return new ResourceManagerError(status, code ?? '', message);
  } catch {
    // A proxy's answer.
  }
  return new ResourceManagerError(status, '', `HTTP status ${status}: ${text.slice(0, 200)}`);
}
