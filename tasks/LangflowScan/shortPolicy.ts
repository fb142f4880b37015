import type { Policy } from './policy';

/** What the input `severity` accepts. */
export const SHORT_THRESHOLDS = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;

/** What the short inputs say, which counts where the file says nothing. */
export interface ShortPolicy {
  severity: (typeof SHORT_THRESHOLDS)[number];
  ignoreUnfixed: boolean;
}

/** The policy of the short inputs alone. A licence is nobody's mistake until somebody says which ones are. */
export function shortPolicy({ severity, ignoreUnfixed }: ShortPolicy): Policy {
  return {
    thresholds: {
      vulnerability: severity,
      misconfiguration: severity,
      secret: severity,
      licence: 'none',
      code: severity,
    },
    ignoreUnfixed,
    exceptions: [],
  };
}
