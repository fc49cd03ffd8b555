import { array, object, parseValue, text } from './json.ts';
import type { JsonObject, ObservedCall } from './observed-call.ts';

/** A span is no archive: a longer text is cut, a conversation longer than all of this is left out. */
const MAX_TEXT_CHARS = 16 * 1024;
const MAX_JSON_CHARS = 256 * 1024;

let isEnabled = false;

/** Lets spans carry what was asked and answered. Nothing does unless the app's operator says so. */
export function enableContent(): void {
  isEnabled = true;
}

interface Part {
  readonly type: string;
  readonly content?: string;
}
interface Message {
  readonly role: string;
  readonly parts: readonly Part[];
}

/** What was asked, as the conventions' `gen_ai.input.messages` and `gen_ai.system_instructions`. */
export function captureQuestion(body: JsonObject, call: ObservedCall): void {
  if (!isEnabled) return;
  const turns = body['messages'] ?? body['contents'] ?? body['input'] ?? body['inputs'] ?? body['prompt'];
  setJson(call, 'gen_ai.input.messages', typeof turns === 'string' ? [message('user', turns)] : array(turns).map(turnOf));
  const system = body['system'] ?? body['instructions'] ?? object(body['systemInstruction'])?.['parts'];
  setJson(call, 'gen_ai.system_instructions', partsOf(system));
}

/** What a whole answer says. */
export function captureAnswer(body: JsonObject, call: ObservedCall): void {
  if (!isEnabled) return;
  const answers = [
    ...array(body['choices']).map((choice) => object(object(choice)?.['message'])?.['content'] ?? object(choice)?.['text']),
    ...array(body['candidates']).map((candidate) => object(object(candidate)?.['content'])?.['parts']),
    ...array(body['output']).map((item) => object(item)?.['content']),
    object(body['message'])?.['content'] ?? body['response'] ?? body['content'],
  ];
  const parts = answers.flatMap(partsOf);
  if (parts.length > 0) setJson(call, 'gen_ai.output.messages', [{ role: 'assistant', parts }]);
}

/** A piece of a streamed answer: the JSON string between its quotes. One that was cut off within an escape tells nothing. */
export function captureDelta(escaped: string, call: ObservedCall): void {
  if (!isEnabled || escaped === '' || (call.answerText?.length ?? 0) >= MAX_TEXT_CHARS) return;
  call.answerText = (call.answerText ?? '') + (text(parseValue(`"${escaped}"`)) ?? '');
}

/** A stream is over: its pieces are one answer. */
export function captureStream(call: ObservedCall): void {
  if (call.answerText) setJson(call, 'gen_ai.output.messages', [message('assistant', call.answerText)]);
}

function turnOf(turn: unknown): Message {
  const fields = object(turn);
  return {
    role: text(fields?.['role']) ?? 'user',
    parts: partsOf(typeof turn === 'string' ? turn : (fields?.['content'] ?? fields?.['parts'])),
  };
}

function message(role: string, content: string): Message {
  return { role, parts: partsOf(content) };
}

/** Text is kept; of anything else (images, files, tool calls) only what kind it is. */
function partsOf(content: unknown): readonly Part[] {
  if (typeof content === 'string') return content === '' ? [] : [textPart(content)];
  return array(content).map((part) => {
    const said = typeof part === 'string' ? part : text(object(part)?.['text']);
    return said === undefined ? { type: text(object(part)?.['type']) ?? 'other' } : textPart(said);
  });
}

function textPart(content: string): Part {
  return { type: 'text', content: content.slice(0, MAX_TEXT_CHARS) };
}

function setJson(call: ObservedCall, name: string, value: readonly unknown[]): void {
  if (value.length === 0) return;
  const json = JSON.stringify(value);
  if (json.length <= MAX_JSON_CHARS) call.attributes[name] = json;
}
