import { randomUUID } from 'node:crypto';
import { info, warning } from '../common/agent/log';
import { localized } from '../common/agent/messages';
import { azureFromConnection } from '../common/connections/azure';
import { askResourceManager } from '../common/connections/resourceManager';
import { messageOf } from '../common/errors';
import type { ReleaseManifest } from '../common/release/release';
import type { ReleaseRecord } from '../common/rollout/record';

/** What the charts of Application Insights show of a release. */
export interface ReleaseAnnotation {
  /** `Langflow 2026.11.25 in langflow` */
  name: string;
  time: Date;
  /** What a click on it tells. */
  properties: Record<string, string>;
}

/**
 * Marks the release in the charts of Application Insights. The release is deployed already: what goes wrong here only warns.
 * https://learn.microsoft.com/azure/azure-monitor/app/release-and-work-item-insights#create-release-annotations-with-the-azure-cli
 * @param component resource id of the Application Insights component
 */
export async function annotateInsights(
  { azureConnection, component }: { azureConnection: string; component: string },
  annotation: ReleaseAnnotation,
  signal: AbortSignal,
): Promise<void> {
  try {
    const connection = await azureFromConnection(azureConnection);
    await askResourceManager(
      connection,
      {
        method: 'PUT',
        path: `${component}/Annotations`,
        query: { 'api-version': '2015-05-01' },
        body: annotationBody(annotation),
      },
      AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    );
    info(`Application Insights has the release annotation '${annotation.name}'.`);
  } catch (error) {
    signal.throwIfAborted();
    warning(localized('NoAnnotation', messageOf(error), component));
  }
}

/** What is said of a release: who brought which commit where. */
export function annotationOf(
  { name, source }: Pick<ReleaseManifest, 'name' | 'source'>,
  { revision, run }: Pick<ReleaseRecord, 'revision' | 'run'>,
  namespace: string,
  time: Date,
): ReleaseAnnotation {
  const { url, by, number } = run;
  const said = {
    Release: name,
    Revision: `${revision}`,
    Namespace: namespace,
    Commit: source.commit,
    BuildNumber: number,
    TriggerBy: by,
    Url: url,
  };
  return {
    name: `Langflow ${name} in ${namespace}`,
    time,
    properties: Object.fromEntries(
      Object.entries(said).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ),
  };
}

/** How long a deployment that has ended may wait for it, in milliseconds. */
const PATIENCE_MS = 30_000;

/** Only the category Deployment is shown; the properties are JSON in a string. */
export function annotationBody({ name, time, properties }: ReleaseAnnotation, id: string = randomUUID()) {
  return {
    Id: id,
    AnnotationName: name,
    EventTime: time.toISOString(),
    Category: 'Deployment',
    Properties: JSON.stringify(properties),
  };
}
