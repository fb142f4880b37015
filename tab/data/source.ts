import { VIEW_ATTACHMENT } from '../../tasks/common/view/names';
import { readDocument, type Validate, type ViewDocument } from '../model/documents';
import { stateOf, viewOf, type Run, type Step } from '../model/run';
import { RestError, type Rest } from './rest';
import { stepsOfTimeline, type Timeline } from './timeline';

export interface Place {
  /** Address of the collection (organisation), with a slash at its end. */
  collection: string;
  /** Id of the project. */
  project: string;
  build: number;
}

interface Attachment {
  name: string;
  _links: { self: { href: string } };
}

/** Reads a run over the REST API; what was read once and cannot change any more is not read again. */
export class RunSource {
  private readonly documents = new Map<string, ViewDocument>();

  constructor(
    private readonly rest: Rest,
    private readonly place: Place,
    private readonly validate: Validate,
  ) {}

  async read(): Promise<Run> {
    const [build, timeline, attachments] = await Promise.all([
      this.rest.json(this.url()) as Promise<{ status: string }>,
      this.timeline(),
      this.attachments(),
    ]);
    const steps = stepsOfTimeline(timeline);
    await Promise.all(steps.map((step) => this.addDocuments(step, timeline.id, attachments)));
    return {
      steps,
      isRunning: build.status !== 'completed',
      artifactUrl: (artifact) =>
        this.url(`/artifacts?artifactName=${encodeURIComponent(artifact)}&api-version=7.0&$format=zip`),
    };
  }

  private url(rest = ''): string {
    const { collection, project, build } = this.place;
    return `${collection}${encodeURIComponent(project)}/_apis/build/builds/${build}${rest}`;
  }

  /** A run that still waits for its agent has none: the server answers with null, or with nothing. */
  private async timeline(): Promise<Timeline> {
    const none: Timeline = { id: '', records: [] };
    const text = await this.rest.text(this.url('/timeline'), 'application/json;api-version=7.0');
    return text === '' ? none : ((JSON.parse(text) as Timeline | null) ?? none);
  }

  private async attachments(): Promise<Attachment[]> {
    try {
      const list = await this.rest.json(this.url(`/attachments/${VIEW_ATTACHMENT}`));
      return (list as { value: Attachment[] }).value;
    } catch (error) {
      if (error instanceof RestError && error.status === 404) return [];
      throw error;
    }
  }

  private async addDocuments(
    step: Step,
    timelineId: string,
    attachments: readonly Attachment[],
  ): Promise<void> {
    const own = attachments
      .filter(({ _links }) => {
        const [timeline, record] = ownerOf(_links.self.href);
        return timeline === timelineId.toLowerCase() && record === step.id.toLowerCase();
      })
      .map(({ _links }) => _links.self.href);
    const documents = await Promise.all(own.map((href) => this.document(href)));
    step.documents = documents.sort((a, b) => startOf(b) - startOf(a));
    // The timeline does not know that a smoke test passed with warnings.
    const view = viewOf(step);
    if (view && step.state === 'succeeded') step.state = stateOf(view);
  }

  /** Each document has a name of its own, so an address always gives the same. */
  private async document(href: string): Promise<ViewDocument> {
    const known = this.documents.get(href);
    if (known) return known;
    try {
      const document = readDocument(await this.rest.text(href), this.validate);
      this.documents.set(href, document);
      return document;
    } catch (error) {
      return { problem: `What this step attached cannot be read: ${(error as Error).message}` };
    }
  }
}

function startOf(document: ViewDocument): number {
  return 'view' in document ? Date.parse(document.view.started) : 0;
}

/** …/{timelineId}/{recordId}/attachments/{type}/{name}: the last part of the path is the same on Services and Server. */
function ownerOf(href: string): [string, string] | [] {
  const [, timeline, record] = /\/([0-9a-f-]{36})\/([0-9a-f-]{36})\/attachments\//i.exec(href) ?? [];
  return timeline && record ? [timeline.toLowerCase(), record.toLowerCase()] : [];
}
