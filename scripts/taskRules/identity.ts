import type { TaskRule } from './task';

/** The folder is `Name`, or `NameV1` for a former major that is still shipped. */
export const identity: TaskRule = ({ name, version }, { folder, iconSize }) => [
  ...([name, `${name}V${version.Major}`].includes(folder) ? [] : [`task.json has the name '${name}'`]),
  // https://learn.microsoft.com/azure/devops/extend/develop/add-build-task
  ...(iconSize.join() === '32,32' ? [] : [`icon.png is ${iconSize.join(' x ')} pixels, not 32 x 32`]),
];
