// Colours and fonts, read from the page's style sheet, so that page and picture agree.

export interface Theme {
  ink: string;
  quiet: string;
  faint: string;
  paper: string;
  card: string;
  lane: string;
  rule: string;
  accent: string;
  selected: string;
  /** Colours of lines by status code; that of all other statuses comes last. */
  status: readonly [suggested: string, approved: string, rejected: string, other: string];
  /** Colours that people with any kind of colour vision can tell apart. */
  series: readonly string[];
  /** Colours of systems, those of their badges: the last one is of all others. */
  systems: readonly string[];
}

export const FACE = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

export function readTheme(element: Element): Theme {
  const style = getComputedStyle(element);
  const read = (name: string, otherwise: string) =>
    style.getPropertyValue(name).trim() || otherwise;
  const okabe = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#f0e442", "#999999"];
  return {
    ink: read("--ink", "#16202b"),
    quiet: read("--quiet", "#5b6876"),
    faint: read("--faint", "#9aa6b2"),
    paper: read("--paper", "#f7f8fa"),
    card: read("--card", "#ffffff"),
    lane: read("--lane", "#eef1f5"),
    rule: read("--rule", "#d5dbe2"),
    accent: read("--accent", "#2563eb"),
    selected: read("--selected", "#2563eb"),
    status: [
      read("--suggested", "#b45f06"),
      read("--approved", "#0072b2"),
      read("--rejected", "#b0396b"),
      read("--other", "#777777"),
    ],
    systems: okabe.map((colour, index) => read(`--b${index}`, colour)),
    series: okabe.map((colour, index) => read(`--c${index}`, colour)),
  };
}
