/** A logging command, `##vso[area.event key=value;…]data`. */
export interface LoggingCommand {
  area: string;
  event: string;
  /** By name in lower case: the agent does not look at the case. */
  properties: Record<string, string>;
  data: string;
}

const PREFIX = '##vso[';

/**
 * Finds the logging command in a line as the agent does (azure-pipelines-agent, Agent.Sdk/CommandStringConvertor.cs and
 * Microsoft.VisualStudio.Services.Agent/Command.cs): anywhere in the line, up to the first `]`.
 * @returns undefined for a line without one, 'malformed' for one that the agent warns about and prints
 */
export function parseCommand(line: string): LoggingCommand | 'malformed' | undefined {
  const start = line.toLowerCase().indexOf(PREFIX);
  if (start < 0) return undefined;
  const end = line.indexOf(']', start);
  if (end < 0) return 'malformed';
  const header = line.slice(start + PREFIX.length, end);
  const space = header.indexOf(' ');
  const [area, event, ...more] = (space < 0 ? header : header.slice(0, space)).split('.');
  if (!area || !event || more.length > 0) return 'malformed';
  const properties = space < 0 ? [] : header.slice(space + 1).split(';');
  return {
    area: area.toLowerCase(),
    event: event.toLowerCase(),
    properties: Object.fromEntries(
      properties.flatMap((property) => {
        const equals = property.indexOf('=');
        const name = property.slice(0, Math.max(equals, 0)).trim().toLowerCase();
        return name === '' ? [] : [[name, unescapeProperty(property.slice(equals + 1))]];
      }),
    ),
    data: unescapeData(line.slice(end + 1)),
  };
}

// The percent sign comes last: `%AZP253B` is the text `%3B`.
function unescapeProperty(text: string): string {
  return unescapeData(text, [
    [/%3B/g, ';'],
    [/%5D/g, ']'],
  ]);
}

function unescapeData(text: string, more: [RegExp, string][] = []): string {
  const rules: [RegExp, string][] = [...more, [/%0D/g, '\r'], [/%0A/g, '\n'], [/%AZP25/g, '%']];
  return rules.reduce((value, [escaped, plain]) => value.replace(escaped, plain), text);
}
