import { renderTextPanelMarkdown } from '@grafana/data';
import type { PanelProps } from '@grafana/data';

/** Markdown of the dashboard's author, made harmless by Grafana's own rendering. */
export function TextPanel({ options, replaceVariables }: PanelProps<{ readonly content?: string }>) {
  const html = renderTextPanelMarkdown(replaceVariables(options.content ?? ''));
  return <div className="tl-text markdown-html" dangerouslySetInnerHTML={{ __html: html }} />;
}
