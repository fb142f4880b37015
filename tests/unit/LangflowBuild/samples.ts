import type { BakeOptions } from '../../../tasks/LangflowBuild/bakeFile';
import type { Component } from '../../../tasks/LangflowBuild/components';
import type { Vertex } from '../../../tasks/LangflowBuild/progress';

export const COMMIT = '0123456789012345678901234567890123456789';

export function component(name: string, more: Partial<Component> = {}): Component {
  return {
    name,
    context: `/src/${name}`,
    dockerfile: `/src/${name}/Dockerfile`,
    target: undefined,
    args: {},
    contexts: {},
    platforms: [],
    labels: {},
    secrets: [],
    ssh: false,
    publish: true,
    testOf: undefined,
    bake: {},
    ...more,
  };
}

export function vertex(step: string, instruction: string, more: Partial<Vertex> = {}): Vertex {
  return {
    digest: `${step} ${instruction}`,
    step,
    instruction,
    targets: new Set([step.split(' ')[0] ?? '']),
    started: 1_000,
    completed: 2_000,
    cached: false,
    words: [],
    exported: [],
    ...more,
  };
}

export const OPTIONS: BakeOptions = {
  repositories: 'localhost:5000/langflow',
  tags: ['7'],
  output: 'push',
  layoutDirectory: '/out/layouts',
  testDirectory: '/out/tests',
  cache: { kind: 'registry', branches: ['feature', 'main'], write: 'feature', directory: '/cache' },
  compression: 'zstd',
  provenance: 'max',
  sbom: undefined,
  platforms: [],
  source: { repository: 'https://example.org/langflow.git', commit: COMMIT },
  origins: undefined,
  reproducible: false,
  caBundle: undefined,
  secrets: {},
};
