import { cp, mkdir, rm } from 'node:fs/promises';
import * as path from 'node:path';
import { run } from './command';
import { state } from './paths';
import { go } from './programs';

/** Go modules whose sources hold the custom resource definitions of add-ons that the samples have manifests for. */
const MODULES = [
  {
    module: 'sigs.k8s.io/gateway-api@v1.4.1',
    sum: 'h1:NPxFutNkKNa8UfLd2CMlEuhIPMQgDQ6DXNKG9sHbJU8=',
    folder: 'config/crd/standard',
    files: ['gateway.networking.k8s.io_gateways.yaml', 'gateway.networking.k8s.io_httproutes.yaml'],
  },
  {
    module: 'github.com/kedacore/keda/v2@v2.20.2',
    sum: 'h1:SR60v8uIcelbveS8n/1jcl8tLdBBIbHMxmdOHw8tKqA=',
    folder: 'config/crd/bases',
    files: ['keda.sh_scaledobjects.yaml'],
  },
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    folder: 'example/prometheus-operator-crd',
    files: ['monitoring.coreos.com_podmonitors.yaml', 'monitoring.coreos.com_prometheusrules.yaml'],
  },
];

/**
 * Copies the definitions into the state's folder `definitions`. Tests install and remove them: a cluster has them where an
 * administrator chose the add-on.
 */
export async function provideDefinitions(): Promise<string> {
  const target = state('definitions');
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const answers = await run(await go(), ['mod', 'download', '-json', ...MODULES.map(({ module }) => module)]);
  // A JSON object for each module, one after the other.
  const found = JSON.parse(`[${answers.replaceAll(/^}\n{/gm, '},{')}]`) as { Dir: string; Sum: string }[];
  for (const [index, { module, sum, folder, files }] of MODULES.entries()) {
    const { Dir, Sum } = found[index] ?? { Dir: '', Sum: 'nothing' };
    if (Sum !== sum) throw new Error(`${module} has the checksum ${Sum}, not ${sum}.`);
    for (const file of files) await cp(path.join(Dir, folder, file), path.join(target, file));
  }
  return MODULES.map(({ module }) => module).join(', ');
}
