import type { Attributes } from './attributes.ts';

/**
 * Spans of one name mostly have attributes of the same names in the same order: they share the list of them, which saves each to make it, and
 * whoever compares two spans to look through it. Which list is expected changes nothing of what is read.
 */
export interface NameLists {
  /** To be told when a span's name has been read. */
  expect(name: string, attributes: Attributes): void;
  /** To be told when the span has been read. */
  keep(name: string, attributes: Attributes): void;
}

const MOST_LISTS = 1024;
const LONGEST_NAME = 64;

export function createNameLists(): NameLists {
  const lists = new Map<string, string[]>();
  return {
    expect(name, attributes) {
      if (attributes.size > 0) return;
      const list = lists.get(name);
      if (list) attributes.follow(list);
    },
    keep(name, attributes) {
      const list = attributes.close();
      if (!list || name.length > LONGEST_NAME) return;
      if (lists.size >= MOST_LISTS) lists.clear();
      lists.set(name, list);
    },
  };
}
