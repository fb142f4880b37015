import { render } from 'preact';
import { DATA_ELEMENT } from '../tasks/common/view/names';
import { mistakeIn } from '../tasks/common/view/view';
import { checkDocument } from './model/documents';
import { stepsOf, type Run } from './model/run';
import { Message } from './parts/Message';
import { Page } from './sections/Page';
import { followTheme } from './theme';

/** The HTML file: the same page, with its data inside (tasks/common/view/html.ts). */
followTheme();
const text = document.getElementById(DATA_ELEMENT)?.textContent ?? '';
render(pageOf(text), document.getElementById('page') ?? document.body);

function pageOf(json: string) {
  let data: { schemaVersion?: unknown; documents?: unknown };
  try {
    data = JSON.parse(json) as typeof data;
  } catch {
    return <Message kind="failed">This file has no data, or was cut off.</Message>;
  }
  if (data.schemaVersion !== 1 || !Array.isArray(data.documents))
    return <Message kind="failed">The data of this file are not of a version that it can show.</Message>;
  const documents = data.documents.map((document) => checkDocument(document, mistakeIn));
  const run: Run = { steps: stepsOf(documents), isRunning: false };
  return <Page run={run} />;
}
