import type { ChannelSettings } from './channel.js';
import type { ChannelTemplate } from './templates/template.js';

/** What of a notification a template makes. */
export type TemplatePart = 'title' | 'text' | 'body';

/**
 * The settings of a channel whose templates report when they take too long, or fail.
 *
 * @param failed is called for each notification that is sent without the template
 */
export function withWatchedTemplates(
  settings: ChannelSettings,
  failed: (part: TemplatePart) => void,
): ChannelSettings {
  const watched = (part: TemplatePart, template: ChannelTemplate): ChannelTemplate => ({
    ...template,
    render(data) {
      const text = template.render(data);
      if (text === null) failed(part);
      return text;
    },
  });
  const { title, text } = settings;
  const own = settings.type === 'custom' ? { ...settings, body: watched('body', settings.body) } : settings;
  return {
    ...own,
    ...(title !== undefined && { title: watched('title', title) }),
    ...(text !== undefined && { text: watched('text', text) }),
  };
}
