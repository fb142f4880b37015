import { debug } from '../common/agent/log';
import { messageOf } from '../common/errors';
import { run } from '../common/process';
import type { Builder } from './builder';
import type { Vertex } from './progress';

/** An image manifest or index of the OCI image specification, as far as we read it. */
interface Manifest {
  config?: { size: number };
  layers?: { size: number }[];
  manifests?: { digest: string; platform?: { os?: string } }[];
}

/**
 * The digest of the image of a target that has one platform: without the attestations around it, which hold times. So a
 * component that did not change keeps its digest, and nothing is rolled.
 * BuildKit names it as it exports it (exporter/containerimage/writer.go).
 * @returns undefined when there is not exactly one
 */
export function imageDigestOf(target: string, vertices: readonly Vertex[]): string | undefined {
  const digests = vertices
    .filter(({ targets, instruction }) => targets.has(target) && instruction.startsWith('exporting to'))
    .flatMap(({ exported }) => exported);
  const unique = [...new Set(digests)];
  return unique.length === 1 ? unique[0] : undefined;
}

/**
 * Bytes of an image in the registry: its layers as they are transferred, of an index all its platforms.
 * @returns undefined when the registry does not say; nobody's build fails for that
 */
export async function imageSize(builder: Builder, reference: string): Promise<number | undefined> {
  try {
    const manifest = await inspect(builder, reference);
    if (!manifest.manifests) return sizeOf(manifest);
    const repository = reference.replace(/(@|:(?=[^/]*$)).*$/, '');
    const images = manifest.manifests.filter(({ platform }) => platform?.os !== 'unknown');
    const sizes = await Promise.all(
      images.map(async ({ digest }) => sizeOf(await inspect(builder, `${repository}@${digest}`))),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch (error) {
    builder.signal.throwIfAborted();
    debug(`The size of ${reference} is unknown: ${messageOf(error)}`);
    return undefined;
  }
}

async function inspect({ env, signal, name }: Builder, reference: string): Promise<Manifest> {
  let text = '';
  await run('docker', ['buildx', '--builder', name, 'imagetools', 'inspect', '--raw', reference], {
    env,
    signal,
    silent: true,
    onStdoutLine: (line) => {
      text += line;
    },
  });
  return JSON.parse(text) as Manifest;
}

function sizeOf({ config, layers = [] }: Manifest): number {
  return layers.reduce((sum, { size }) => sum + size, config?.size ?? 0);
}
