/** What a call and its answer look like. */
export type Json = Record<string, unknown>;

export interface SeenCall {
  method: string;
  path: string;
  version: string;
  body: Json;
}

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Route {
  method: string;
  path: RegExp;
  version: string;
  /** Fields that the body must have, with dots for depth. */
  required?: string[];
  answer: (parts: string[], query: URLSearchParams, body: Json) => Reply;
}

export const PREVIEW = '7.1-preview.1';
export const ok = (body: unknown, status = 200): Reply => ({ status, body });
export const list = (value: unknown[]): Reply => ok({ count: value.length, value });
export const refused = (status: number, message: string): Reply => ({ status, body: { message } });

export function isAbsent(body: Json, field: string): boolean {
  const value = field.split('.').reduce<unknown>((at, key) => (at as Json | undefined)?.[key], body);
  return value === undefined || value === null || value === '';
}
