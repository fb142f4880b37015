import type { Json } from './protocol';

export function withoutSecrets<T extends Json>(endpoint: T): T {
  const { scheme, parameters } = endpoint.authorization as { scheme: string; parameters: Json };
  const shown = Object.entries(parameters).map(([name, value]) => [
    name,
    ['accessToken', 'apiToken', 'serviceAccountCertificate'].includes(name) ? null : value,
  ]);
  return { ...endpoint, authorization: { scheme, parameters: Object.fromEntries(shown) as Json } };
}

/** Fields of each kind: their absence is what the service answers with 400. */
export function problemOfEndpoint(
  type: string,
  { scheme, parameters }: { scheme: string; parameters: Record<string, unknown> },
  data: Json,
): string | undefined {
  const needed: Record<string, [string[], string[]] | undefined> = {
    'github PersonalAccessToken': [['accessToken'], []],
    'azurerm WorkloadIdentityFederation': [
      ['tenantid', 'serviceprincipalid'],
      ['environment', 'scopeLevel', 'subscriptionId', 'subscriptionName', 'creationMode'],
    ],
    'dockerregistry WorkloadIdentityFederation': [
      ['tenantId', 'serviceprincipalid', 'loginServer', 'scope'],
      ['registryId', 'registrytype', 'subscriptionId', 'subscriptionName', 'creationMode'],
    ],
    'kubernetes Token': [['apiToken', 'serviceAccountCertificate'], ['authorizationType']],
  };
  const fields = needed[`${type} ${scheme}`];
  if (!fields) return `Type ${type} has no scheme ${scheme}.`;
  const lacking = [
    ...fields[0].filter((name) => !parameters[name]),
    ...fields[1].filter((name) => !data[name]),
  ];
  return lacking.length > 0 ? `The connection lacks ${lacking.join(', ')}.` : undefined;
}

export function problemOfCheck(body: Json, identities: { id: string }[]): string | undefined {
  const { type, settings } = body as { type: { id: string }; settings: Json };
  if (type.id === '8c6f20a7-a545-4486-9777-f762fafe0d4d') {
    const approvers = (settings.approvers ?? []) as { id: string }[];
    return approvers.length > 0 && approvers.every(({ id }) => identities.some((one) => one.id === id))
      ? undefined
      : 'approvers';
  }
  if (type.id !== 'fe1de3ee-a436-41b4-bb20-f6eb4cb879a7') return `There is no check type ${type.id}.`;
  const { id, version } = settings.definitionRef as { id: string; version: string };
  const inputs = settings.inputs as Json;
  return id === '86b05a0c-73e6-4f7d-b3cf-e38f3b39a75b' &&
    version === '0.0.1' &&
    typeof inputs.allowedBranches === 'string'
    ? undefined
    : 'The task check has no such definition.';
}
