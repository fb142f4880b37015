import { createHash } from 'node:crypto';

/** `development` can be installed beside `production`: other ids, GUIDs and names, from one source. */
export type Channel = 'production' | 'development';

/** The manifest of the extension; `version` comes from package.json alone. */
export function manifestOf(
  source: Record<string, unknown>,
  channel: Channel,
  version: string,
): Record<string, unknown> {
  if (channel === 'production') return { ...source, version };
  return {
    // A tab names the tasks on whose runs it shows.
    ...withDevelopmentIds(source),
    version,
    id: `${String(source.id)}-dev`,
    name: `${String(source.name)} (development)`,
    public: false,
  };
}

function withDevelopmentIds(source: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(source).replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, developmentId);
  return JSON.parse(text) as Record<string, unknown>;
}

/**
 * The task as it is shipped. A task of package.json's major takes its minor and patch; a former major that is still
 * shipped keeps those of its own task.json, which must go on growing: the server drops a version that it already has.
 */
export function taskOf<
  T extends { id: string; name: string; friendlyName: string; version: { Major: number } },
>(source: T, channel: Channel, version: string): T {
  const [major, minor, patch] = version.split('.').map(Number);
  const stamped =
    source.version.Major === major
      ? { ...source, version: { Major: major, Minor: minor, Patch: patch } }
      : source;
  if (channel === 'production') return stamped;
  return {
    ...stamped,
    id: developmentId(source.id),
    name: `${source.name}Dev`,
    friendlyName: `${source.friendlyName} (dev)`,
  };
}

/** Another GUID, always the same one for the same task: a name-based UUID (RFC 9562, version 5) in the task's namespace. */
export function developmentId(id: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(id.replaceAll('-', ''), 'hex'))
    .update('development')
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
