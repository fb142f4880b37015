/**
 * The configuration of a BuildKit daemon that has our registry (docs.docker.com/build/buildkit/toml-configuration). It looks
 * for Docker Hub's images there first, so that Dockerfiles keep their real FROM lines.
 * @param grpc further lines of the table `grpc` and tables below it
 * @param registries further tables
 */
export function buildkitdConfig(daemon: {
  root: string;
  address: string;
  registryHost: string;
  grpc?: string;
  registries?: string;
}): string {
  const { root, address, registryHost, grpc = '', registries = '' } = daemon;
  return `root = "${root}"
[grpc]
  address = ["${address}"]
${grpc}[worker.oci]
  enabled = true
  binary = "runc"
[worker.containerd]
  enabled = false
[registry."docker.io"]
  mirrors = ["${registryHost}/mirror"]
[registry."${registryHost}"]
  http = true
${registries}`;
}
