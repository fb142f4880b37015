import type { ReleaseView } from '../../tasks/common/view/view.generated';

/** One attachment: a document, or in plain words why it cannot be shown. */
export type ViewDocument = { view: ReleaseView } | { problem: string };

/** Says where data break the schema; nothing when they follow it. */
export type Validate = (data: unknown) => string | undefined;

/** The version of tasks/common/view/view.schema.json that this page was made for. */
const VERSION = 1;

/** Reads the text of an attachment; what is not a document of this version is named, never guessed. */
export function readDocument(text: string, validate: Validate): ViewDocument {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { problem: 'What this step attached is not JSON; it may have been cut off.' };
  }
  return checkDocument(data, validate);
}

export function checkDocument(data: unknown, validate: Validate): ViewDocument {
  const version = (data as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version !== VERSION) {
    return {
      problem: `This step wrote version ${version} of its report, and this page reads version ${VERSION}. Update the extension Langflow Delivery.`,
    };
  }
  const mistake = validate(data);
  if (mistake === undefined) return { view: data as ReleaseView };
  return { problem: `What this step attached does not follow the report's schema (${mistake}).` };
}
