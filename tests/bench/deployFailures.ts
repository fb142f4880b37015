import { configMap, deployment, Place, service, type DeploymentOptions, type Versions } from './deployPlace';
import { table } from './table';

/** As long as we may take, kubectl is asked what it knows. */
const PROMISED_S = 15;
/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds, the default. */
const PROGRESS_DEADLINE_S = 600;

interface Failure {
  name: string;
  backend: DeploymentOptions;
  digest?: string;
}

const FAILURES: readonly Failure[] = [
  { name: 'digest that is not there', backend: {}, digest: `sha256:${'0'.repeat(64)}` },
  { name: 'crash loop', backend: { container: { command: ['/bin/busybox', 'false'] } } },
  {
    name: 'volume of a Secret that is not there',
    backend: {
      container: { volumeMounts: [{ name: 'keys', mountPath: '/keys' }] },
      pod: { volumes: [{ name: 'keys', secret: { secretName: 'no-such-secret' } }] },
    },
  },
  { name: 'quota', backend: { replicas: 9 } },
];

/** Breaks a healthy release in several ways: seconds to the diagnosis, and to the former release. */
export async function benchFailures(folder: string, versions: Versions): Promise<void> {
  const headings = [
    'Failing update, s from',
    'apply to known',
    'start to known',
    'start to restored',
    'kubectl',
    `kubectl after ${PROMISED_S} s`,
  ];
  for (const failure of FAILURES) console.log(table(headings, [await break_(folder, versions, failure)]));
}

async function break_(folder: string, { first }: Versions, failure: Failure): Promise<string[]> {
  const [own, other] = [await Place.create(folder), await Place.create(folder)];
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'pods' },
    spec: { hard: { pods: '4' } },
  };
  const objects = (options: DeploymentOptions) => [
    configMap('settings'),
    service('backend'),
    quota,
    deployment('backend', options),
  ];
  try {
    const good = await own.deploy(objects({}), { backend: first });
    if (good.outcome.result !== 'Succeeded') throw new Error(good.outcome.message);
    await other.apply(objects({}), { backend: first });
    const digests = { backend: failure.digest ?? first };
    const bad = await own.deploy(objects(failure.backend), digests);
    if (bad.outcome.outputs.outcome !== 'restored') throw new Error(bad.outcome.message);
    const words = await other.status(objects(failure.backend), digests, PROMISED_S);
    const [applied, known] = [bad.at(/^Deployment\//), bad.at(/^Restoring /)];
    return [
      failure.name,
      (known - applied).toFixed(1),
      known.toFixed(1),
      bad.at(/^Outcome: /).toFixed(1),
      `${PROGRESS_DEADLINE_S}`,
      words,
    ];
  } finally {
    own.remove();
    other.remove();
  }
}
