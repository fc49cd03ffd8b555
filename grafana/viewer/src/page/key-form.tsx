import { Button, Field, Input } from '@grafana/ui';
import { useState } from 'react';
import { keepKey } from '../api.ts';

/** Shown instead of a dashboard when the query API is not open. */
export function KeyForm() {
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
      <Field label="Query key" description="tokenledger keys create query. It is kept until this tab is closed.">
        <Input type="password" value={key} onChange={(event) => setKey(event.currentTarget.value)} autoFocus />
      </Field>
      <Button type="submit">Open</Button>
    </form>
  );
}
