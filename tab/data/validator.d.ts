/** Made of view.schema.json by scripts/buildTab.ts: Ajv's code for this schema, since a strict CSP forbids to make it here. */
declare module 'release-view-validator' {
  import type { ReleaseView } from '../../tasks/common/view/view.generated';

  interface Validator {
    (data: unknown): data is ReleaseView;
    errors?: { instancePath: string; message?: string }[] | null;
  }
  const validate: Validator;
  export default validate;
}
