import { parseObject } from '../json.ts';
import type { JsonObject } from '../observed-call.ts';
import { BodyEdges } from './body-edges.ts';
import { skimJson } from './skim-json.ts';

/** Small fields of a form; files are skipped over. */
const FORM_FIELD = /name="(model|stream|response_format|language|n|size|quality)"\r\n\r\n([^\r\n]{1,200})\r\n/g;
/** May stand between two files. */
const MODEL_FIELD = 'name="model"\r\n\r\n';

/** What is asked is mostly text, whose length is needed where an answer never says its usage. */
const WHOLE_BYTES = 1024 * 1024;

const isForm = (contentType: string | undefined): boolean => contentType?.startsWith('multipart/form-data') === true;

/** Keeps what `readRequestBody` reads. */
export function keepRequestBody(contentType: string | undefined): BodyEdges {
  return isForm(contentType) ? new BodyEdges([MODEL_FIELD]) : new BodyEdges([], WHOLE_BYTES);
}

/** Whether what is read of a body is all that was asked. */
export function isReadWhole(body: BodyEdges, contentType: string | undefined): boolean {
  return body.isWhole && !isForm(contentType);
}

/** A request's body as an object: JSON, or the small fields of a form. */
export function readRequestBody(body: BodyEdges, contentType: string | undefined): JsonObject | undefined {
  const text = body.bytes().toString();
  if (!isForm(contentType)) return body.isWhole ? parseObject(text) : skimJson(text);
  const fields = [...text.matchAll(FORM_FIELD)].map(([, name, value]) => [name, value === 'true' ? true : value] as const);
  const model = body.behindMarks()[0]?.[0]?.split('\r\n', 1)[0];
  return { ...(model && { model }), ...Object.fromEntries(fields) };
}
