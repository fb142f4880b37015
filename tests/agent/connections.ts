/** What Azure DevOps holds on its server and hands to the agent: the content of resources.yml (ARCHITECTURE.md). */
export interface Resources {
  agent?: AgentSettings;
  variableGroups?: Record<string, Record<string, GroupValue>>;
  /** By name, as a pipeline's YAML speaks of them. */
  serviceConnections?: Record<string, ServiceConnection>;
  environments?: Record<string, unknown>;
}

/** Settings of the agent itself. */
export interface AgentSettings {
  /** PEM file: `Agent.CAInfo` and NODE_EXTRA_CA_CERTS, as an agent configured with --sslcacert. */
  caInfo?: string;
  /** The job's own token for the server, which a task finds in the endpoint SystemVssConnection. */
  accessToken?: string;
}

/** A variable of a group; the long form can make it secret. */
export type GroupValue = string | number | boolean | { value: string; isSecret?: boolean };

/** A service connection (endpoint); `parameters` are its authorisation and masked. */
export interface ServiceConnection {
  /** GUID; derived from the name when not given. */
  id?: string;
  type: string;
  url: string;
  scheme: string;
  parameters: Record<string, string>;
  data?: Record<string, string>;
}
