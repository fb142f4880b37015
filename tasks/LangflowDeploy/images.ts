import { nameOf, type KubernetesObject } from '../common/kubernetes/object';
import { imageByDigest, type Component } from '../common/release/release';
import { fieldsAt, textOf, type Fields } from './fields';
import { manifestName } from './names';
import { containersOf, podTemplateOf, type PodTemplate } from './podSpec';
import type { ManifestObject } from './render/manifest';

const BY_DIGEST = /@sha256:[0-9a-f]{64}$/;
/** A tag ends the reference and has no slash, unlike the port of a registry. */
const TAG = /:[\w][\w.-]{0,127}$/;

/** A place of a pod template that names an image. */
interface ImagePlace {
  /** For people: `container 'main'`. */
  where: string;
  fields: Fields;
  key: string;
}

/**
 * Gives each container, and each volume that is an image, the digest of its component. A component is called by its name or
 * by its repository, with a tag or without: a chart or an overlay may not be able to leave the tag out.
 */
export function pinImages(objects: readonly ManifestObject[], components: readonly Component[]): void {
  const byName = new Map(
    components.flatMap((component) => [
      [component.name, component],
      [component.image, component],
    ]),
  );
  for (const { fields, key } of objects.flatMap(imagesOf)) {
    const image = textOf(fields[key]);
    const repository = image.replace(TAG, '');
    const component =
      byName.get(image) ?? components.find((other) => other.image === repository && image !== repository);
    if (component) fields[key] = imageByDigest(component);
  }
}

/** A line for every image that has no digest: nobody knows what will run, and the scan has not seen it. */
export function looseImages(objects: readonly ManifestObject[]): string[] {
  return objects.flatMap((item) =>
    imagesOf(item).flatMap(({ where, fields, key }) => {
      const image = textOf(fields[key]);
      if (BY_DIGEST.test(image)) return [];
      return [`- ${item.source}: ${manifestName(item.object)}, ${where}: ${image || '(no image)'}`];
    }),
  );
}

/** The image of one container of a release. */
export interface ContainerImage {
  /** `Deployment/backend` */
  workload: string;
  container: string;
  /** Without its digest. */
  image: string;
  digest?: string;
}

/** The images of all containers, for people. */
export function containerImages(objects: readonly KubernetesObject[]): ContainerImage[] {
  return objects.flatMap((object) =>
    containersOf(podTemplateOf(object) ?? {}).map(({ name: container, image: reference = '' }) => {
      const [image = '', digest] = reference.split('@');
      return { workload: nameOf(object), container, image, digest };
    }),
  );
}

function imagesOf({ object }: ManifestObject): ImagePlace[] {
  const template: PodTemplate | undefined = podTemplateOf(object);
  if (!template) return [];
  return [
    ...containersOf(template).map((container) => ({
      where: `container '${container.name}'`,
      fields: container as unknown as Fields,
      key: 'image',
    })),
    ...fieldsAt(template, 'spec/volumes').flatMap((volume) =>
      fieldsAt(volume, 'image').map((fields) => ({
        where: `volume '${textOf(volume.name)}'`,
        fields,
        key: 'reference',
      })),
    ),
  ];
}
