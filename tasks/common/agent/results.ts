import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { harmless } from './log';
import { withoutSecrets } from './secrets';

/** Sets an output variable that later steps read as `$(<step name>.<name>)`. */
export function setOutput(name: string, value: string): void {
  tl.setVariable(name, harmless(value), false, true);
}

/**
 * Adds a markdown section to the run's Extensions tab. The agent names the attachment after the file, so that two sections
 * with one title would replace each other: the title carries the step's name.
 */
export function publishSummary(title: string, markdown: string): void {
  const folder = path.join(temporaryFolder(), 'summaries');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${fileName(title)}.md`);
  writeFileSync(file, withoutSecrets(harmless(markdown)));
  tl.command('task.addattachment', { type: 'Distributedtask.Core.Summary', name: fileName(title) }, file);
}

/** Publishes a JUnit file to the run's Tests tab. */
export function publishTestResults(file: string, runTitle: string): void {
  tl.command('results.publish', { type: 'JUnit', runTitle, mergeResults: 'false', resultFiles: file }, '');
}

/** Publishes a Cobertura file to the run's Code Coverage tab. */
export function publishCoverage(file: string): void {
  tl.command('codecoverage.publish', { codecoveragetool: 'Cobertura', summaryfile: file }, '');
}

/** Attaches a file to the run, for the tab that shows this type. */
export function attach(type: string, name: string, file: string): void {
  tl.command('task.addattachment', { type, name: fileName(name) }, file);
}

/** Adds a file to a pipeline artifact of this run. */
export function uploadArtifact(artifact: string, file: string): void {
  tl.command('artifact.upload', { artifactname: artifact, containerfolder: artifact }, file);
}

/** The step's own folder for files that need not outlive the job. */
export function temporaryFolder(): string {
  const folder = tl.getVariable('Agent.TempDirectory');
  if (!folder)
    throw new Error(
      'Agent.TempDirectory is not set; this program runs as a step of an Azure Pipelines agent.',
    );
  return folder;
}

/** Attachment names must be valid file names on every agent (TaskCommandExtension.cs, task.addattachment). */
function fileName(title: string): string {
  return title.replace(/\s*[^\w .-]+\s*/g, ' - ').trim();
}
