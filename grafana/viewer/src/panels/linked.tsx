import type { FieldDisplay } from '@grafana/data';
import { DataLinksContextMenu } from '@grafana/ui';
import type { JSX } from 'react';

/** A value that leads somewhere: one link is followed at a click, several are offered. */
export function Linked({
  value,
  children,
}: {
  readonly value: FieldDisplay;
  readonly children: (shown: { onClick?: () => void }) => JSX.Element;
}) {
  const { hasLinks, getLinks } = value;
  if (!hasLinks || !getLinks) return <>{children({})}</>;
  return (
    <DataLinksContextMenu links={getLinks} style={{ flexGrow: 1 }}>
      {({ openMenu }) => children(openMenu ? { onClick: openMenu as () => void } : {})}
    </DataLinksContextMenu>
  );
}
