import { parseObject } from '../json.ts';
import type { JsonObject } from '../observed-call.ts';
import type { BodyEdges } from './body-edges.ts';
import { skimJson } from './skim-json.ts';

/** Small fields of a form; files are skipped over. */
const FORM_FIELD = /name="(model|stream|response_format|language|n|size|quality)"\r\n\r\n([^\r\n]{1,200})\r\n/g;

/** A request's body as an object: JSON, or the small fields of a form. */
export function readRequestBody(body: BodyEdges, contentType: string | undefined): JsonObject | undefined {
  const text = body.bytes().toString();
  if (!contentType?.startsWith('multipart/form-data')) return body.isWhole ? parseObject(text) : skimJson(text);
  const fields = [...text.matchAll(FORM_FIELD)].map(([, name, value]) => [name, value === 'true' ? true : value] as const);
  return Object.fromEntries(fields);
}
