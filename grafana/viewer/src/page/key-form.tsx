import { Alert, Button, Field, Input } from '@grafana/ui';
import { useState } from 'react';
import { hasKey, keepKey } from '../api.ts';

/** Shown instead of a dashboard when the query API is not open. A key that was given and is not the right one is told so. */
export function KeyForm({ says }: { readonly says: string | undefined }) {
  const [key, setKey] = useState('');
  const open = () => {
    keepKey(key.trim());
    location.reload();
  };
  return (
    <form
      style={{ maxWidth: 480, margin: '15vh auto' }}
      onSubmit={(event) => {
        event.preventDefault();
        open();
      }}
    >
      {says !== undefined && hasKey() && (
        <Alert severity="warning" title="That key does not open it">
          {says}
        </Alert>
      )}
      <Field label="Query key" description="tokenledger keys create query. It is kept until this tab is closed.">
        <Input type="password" value={key} onChange={(event) => setKey(event.currentTarget.value)} autoFocus />
      </Field>
      <Button type="submit">Open</Button>
    </form>
  );
}
