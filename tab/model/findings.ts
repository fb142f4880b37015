import type { Finding, Scan } from '../../tasks/common/view/view.generated';

/** A finding with what its indices stand for, and one lower-case text for the search. */
export interface FindingRow extends Finding {
  id: string;
  kind: string;
  title: string;
  url?: string;
  where: string;
  text: string;
}

export interface Filter {
  search: string;
  severity: string;
  state: string;
  target: string;
  kind: string;
}

export const NO_FILTER: Filter = { search: '', severity: '', state: '', target: '', kind: '' };

/** Prepared once for each document, so that a key stroke only compares texts. */
export function findingRows(scan: Scan): FindingRow[] {
  return scan.findings.map((finding) => {
    const rule = scan.rules[finding.rule];
    const where = scan.targets[finding.target]?.name ?? '?';
    const row = {
      ...finding,
      // Without a baseline everything would be new, which tells nothing.
      isNew: scan.hasBaseline ? finding.isNew : undefined,
      id: rule?.id ?? '?',
      kind: rule?.kind ?? '?',
      title: rule?.title ?? finding.message ?? '',
      url: webLink(rule?.url),
      where,
    };
    const texts = [row.id, row.title, row.package, row.installed, row.fixed, row.file, row.layer, where];
    return { ...row, text: texts.filter(Boolean).join('\n').toLowerCase() };
  });
}

/** Every word of the search must be somewhere in the finding. */
export function filterFindings(rows: readonly FindingRow[], filter: Filter): FindingRow[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(
    (row) =>
      (filter.severity === '' || row.severity === filter.severity) &&
      (filter.state === '' || (filter.state === 'new' ? row.isNew === true : row.state === filter.state)) &&
      (filter.target === '' || row.where === filter.target) &&
      (filter.kind === '' || row.kind === filter.kind) &&
      words.every((word) => row.text.includes(word)),
  );
}

/** The address when it is one of the web; anything else (`javascript:`) is no link. */
export function webLink(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  return ['https:', 'http:'].includes(new URL(address).protocol) ? address : undefined;
}
