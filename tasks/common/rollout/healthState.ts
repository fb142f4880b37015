/** Whether an object has become what it asks for. */
export type Health =
  | { state: 'healthy' }
  /** `detail` such as `2 of 3 pods updated`. */
  | { state: 'progressing'; detail: string }
  | { state: 'failed'; detail: string };

export const healthy: Health = { state: 'healthy' };
export const progressing = (detail: string): Health => ({ state: 'progressing', detail });
export const failed = (detail: string): Health => ({ state: 'failed', detail });
