import { homedir } from 'node:os';
import * as path from 'node:path';

/** Variables of every job (learn.microsoft.com/azure/devops/pipelines/build/variables). */
export function jobVariables(folder: string, sources: string, caInfo?: string): Record<string, string> {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  return {
    'System.HostType': 'build',
    'System.Culture': 'en-US',
    'System.DefaultWorkingDirectory': sources,
    'System.TeamProject': 'langflow',
    'Agent.OS': 'Linux',
    'Agent.OSArchitecture': 'X64',
    'Agent.Version': '4.260.0',
    'Agent.BuildDirectory': folder,
    'Agent.ToolsDirectory': path.join(cache, 'langflow-delivery/agent-tools'),
    'Pipeline.Workspace': folder,
    'Build.SourcesDirectory': sources,
    'Build.ArtifactStagingDirectory': path.join(folder, 'a'),
    ...(caInfo === undefined ? {} : { 'Agent.CAInfo': caInfo, NODE_EXTRA_CA_CERTS: caInfo }),
  };
}
