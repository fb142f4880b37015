import { readFile, rm } from 'node:fs/promises';
import { removeBuildxPlugin } from './buildkit';
import { run } from './command';
import { removePodNetwork, stopPods } from './kubernetes/stop';
import { removeHosts, restoreKernelSettings } from './machine';
import { STATE } from './paths';
import { startedServices, stop } from './service';
import { step } from './step';

await step('Pods', async () => {
  await stopPods();
  return 'stopped';
});
for (const name of await startedServices()) {
  await step(name, async () => {
    await stop(name);
    return 'stopped';
  });
}
await step('Machine settings', async () => {
  await removePodNetwork();
  await restoreKernelSettings();
  await removeHosts();
  await removeBuildxPlugin();
  return 'as before: packet filter, kernel settings, host names, docker plugin';
});
await step('Mounts', unmount);
if (process.argv.includes('--purge')) {
  await step('State folder', async () => {
    await rm(STATE, { recursive: true, force: true });
    return `${STATE} deleted`;
  });
}

/** Unmounts everything below the state folder, the innermost first. */
async function unmount(): Promise<string> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((target) => target.startsWith(`${STATE}/`))
    .reverse();
  for (const target of mounts) await run('umount', ['--lazy', target]);
  return `${mounts.length} undone`;
}
