const RESTRICTED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

function podTemplate(app: string, container: object = {}): object {
  return {
    metadata: { labels: { app } },
    spec: {
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'main',
          image: 'web',
          readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1 },
          securityContext: RESTRICTED,
          ...container,
        },
      ],
    },
  };
}

/** A Deployment behind a Service; another version is another release. */
export function workload(version: string, container: object = {}): object[] {
  const selector = { app: 'web' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', labels: { version } },
      spec: { selector, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels: { version } },
      spec: { replicas: 1, selector: { matchLabels: selector }, template: podTemplate('web', container) },
    },
  ];
}

/**
 * One object of each kind that the samples' installations have.
 * @param waitForIngress as the samples do; here is no controller that would give it an address
 */
export function everyKind(version: string, waitForIngress = 'false'): object[] {
  const object = (apiVersion: string, kind: string, rest: object): object => ({
    apiVersion,
    kind,
    metadata: { name: 'more' },
    ...rest,
  });
  const selector = { matchLabels: { app: 'more' } };
  const backend = { service: { name: 'web', port: { number: 80 } } };
  const { spec } = podTemplate('once', { readinessProbe: undefined, command: ['/bin/busybox', 'true'] }) as {
    spec: object;
  };
  return [
    ...workload(version),
    object('v1', 'ConfigMap', { data: { version } }),
    object('v1', 'Secret', { stringData: { version } }),
    object('v1', 'ServiceAccount', {}),
    object('apps/v1', 'StatefulSet', {
      spec: { serviceName: 'more', replicas: 1, selector, template: podTemplate('more') },
    }),
    object('batch/v1', 'Job', { spec: { template: { spec: { ...spec, restartPolicy: 'Never' } } } }),
    object('policy/v1', 'PodDisruptionBudget', { spec: { maxUnavailable: 1, selector } }),
    object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {}, ingress: [{}] } }),
    object('networking.k8s.io/v1', 'Ingress', {
      metadata: { name: 'more', annotations: { 'langflow-delivery/wait': waitForIngress } },
      spec: { defaultBackend: backend },
    }),
    object('autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 2 },
    }),
  ];
}
