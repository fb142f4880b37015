import type { ReleaseView } from '../../tasks/common/view/view.generated';

/** One attachment: a document, or in plain words why it cannot be shown. */
export type ViewDocument = { view: ReleaseView } | { problem: string };

export interface Validator {
  (data: unknown): data is ReleaseView;
  errors?: { instancePath: string; message?: string }[] | null;
}

/** The version of tasks/common/view/view.schema.json that this page was made for. */
const VERSION = 1;

/** Reads the text of an attachment; what is not a document of this version is named, never guessed. */
export function readDocument(text: string, validate: Validator): ViewDocument {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { problem: 'What this step attached is not JSON; it may have been cut off.' };
  }
  return checkDocument(data, validate);
}

export function checkDocument(data: unknown, validate: Validator): ViewDocument {
  const version = (data as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version !== VERSION) {
    return {
      problem: `This step wrote version ${version} of its report, and this page reads version ${VERSION}. Update the extension Langflow Delivery.`,
    };
  }
  if (validate(data)) return { view: data };
  const [error] = validate.errors ?? [];
  const where = error ? ` (${error.instancePath || '/'} ${error.message ?? ''})` : '';
  return { problem: `What this step attached does not follow the report's schema${where}.` };
}
