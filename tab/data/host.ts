import * as SDK from 'azure-devops-extension-sdk';
import type { Place } from './source';

/** What the host tells of the run whose page is open. Its status is a number here. */
interface HostBuild {
  id: number;
  project?: { id: string };
}

interface Configuration {
  /** Calls back with the build now, and whenever it has changed. */
  onBuildChanged?: (callback: (build: HostBuild) => void) => void;
}

interface BuildPageDataService {
  getBuildPageData: () => Promise<{ build?: HostBuild } | undefined>;
}

interface LocationService {
  getResourceAreaLocation: (area: string) => Promise<string>;
}

interface ProjectPageService {
  getProject: () => Promise<{ id: string } | undefined>;
}

/** The ids of the host's services and of the REST API's area `build`, as azure-devops-extension-api has them. */
const BUILD_PAGE_DATA = 'ms.vss-build-web.build-page-data-service';
const LOCATION = 'ms.vss-features.location-service';
const PROJECT_PAGE = 'ms.vss-tfs-web.tfs-page-data-service';
const BUILD_AREA = '5d6898bb-45ec-463f-95f9-54d49c71752e';

/** Shakes hands with the host and calls back with the run's place, again when the host opens another run. */
export async function connect(onPlace: (place: Place) => void): Promise<void> {
  await SDK.init({ loaded: false, applyTheme: true });
  await SDK.ready();
  let current: number | undefined;
  const take = async (build: HostBuild | undefined): Promise<void> => {
    if (!build || build.id === current) return;
    current = build.id;
    onPlace(await placeOf(build));
  };
  const { onBuildChanged } = SDK.getConfiguration() as Configuration;
  if (onBuildChanged) {
    onBuildChanged((build) => {
      void take(build);
    });
  } else {
    const service = await SDK.getService<BuildPageDataService>(BUILD_PAGE_DATA);
    await take((await service.getBuildPageData())?.build);
  }
}

async function placeOf(build: HostBuild): Promise<Place> {
  const location = await SDK.getService<LocationService>(LOCATION);
  const address = await location.getResourceAreaLocation(BUILD_AREA);
  const project =
    build.project?.id ?? (await (await SDK.getService<ProjectPageService>(PROJECT_PAGE)).getProject())?.id;
  if (project === undefined) throw new Error('Azure DevOps does not say which project this run belongs to.');
  return { collection: address.endsWith('/') ? address : `${address}/`, project, build: build.id };
}

/**
 * From here on the page talks to this collection alone: a second policy narrows the first one, which has to allow any
 * server since an Azure DevOps Server has any name.
 */
export function allowOnly(collection: string): void {
  const policy = document.createElement('meta');
  policy.httpEquiv = 'Content-Security-Policy';
  policy.content = `connect-src ${new URL(collection).origin}`;
  document.head.append(policy);
}

export const token = (): Promise<string> => SDK.getAccessToken();

export const loaded = (): Promise<void> => SDK.notifyLoadSucceeded();
