// Generated from tasks/LangflowBuild/components.schema.json by `npm run generate`; change the schema instead.

/**
 * lower-case letters, digits and dashes, beginning and ending with a letter or digit
 */
export type Name = string;

/**
 * The images of a release and how each is built.
 */
export interface ComponentsFile {
  /**
   * @minItems 1
   */
  components: ComponentEntry[];
}
export interface ComponentEntry {
  /**
   * The image is <registry>/<repositoryPrefix>/<name>.
   */
  name: Name;
  /**
   * Folder of the build context, relative to this file; default: the folder of this file.
   */
  context?: string;
  /**
   * Relative to the context; default: Dockerfile.
   */
  dockerfile?: string;
  /**
   * Stage of the Dockerfile; default: the last.
   */
  target?: string;
  /**
   * Build arguments. Strings only: YAML would turn the version 1.10 into the number 1.1.
   */
  args?: Texts;
  /**
   * Named contexts: target:<component>, docker-image://…, another URL, or a folder relative to this file.
   */
  contexts?: {
    [k: string]: string;
  };
  /**
   * Default: that of the builder.
   *
   * @minItems 1
   *
   * Items: an operating system and an architecture such as linux/amd64
   */
  platforms?: string[];
  /**
   * Labels of the image beside the OCI ones, which the task sets.
   */
  labels?: Texts;
  /**
   * Ids of build secrets (RUN --mount=type=secret,id=…), whose values the input buildSecrets gives.
   *
   * Items: the id of a secret, made of letters, digits, _ . and -
   */
  secrets?: string[];
  /**
   * true: RUN --mount=type=ssh may use the agent's SSH agent; default: false.
   */
  ssh?: boolean;
  /**
   * Stages of the Dockerfile that test the component. All of them must pass before anything is pushed.
   */
  tests?: TestEntry[];
  /**
   * false: only a base of other components, neither pushed nor in the release manifest; default: true.
   */
  publish?: boolean;
}
export interface Texts {
  [k: string]: string;
}
export interface TestEntry {
  /**
   * Stage of the Dockerfile. Its file system is what is reported: JUnit and Cobertura files in it are published.
   */
  target: string;
  /**
   * For people; default: the target.
   */
  name?: Name;
}
