import { isContentAttribute } from '@tokenledger/model/content-attribute';
import { createInterner } from '../decode/intern.ts';
import { type Viewed, viewOf } from '../decode/same-bytes.ts';
import type { Signal } from '../journal/record.ts';
import { applyEdits, type Edit } from './edits.ts';

interface Container {
  readonly from: number;
  /** The member it is the value of; empty for an element of an array. */
  readonly name: string;
  readonly isArray: boolean;
  /** How many edits there were before it: what is replaced as a whole needs none inside. */
  readonly mark: number;
  isContent: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
/** The highest of the four whitespace bytes of JSON. */
const SPACE = 0x20;

const names = createInterner();
const NULL = Buffer.from('null');
/** Deeper than the decoder looks: 32 nested values take four levels each, the request around them a dozen. */
const DEEPEST = 200;
/** No member name that matters is longer, however it is escaped. */
const LONGEST_NAME = 64;

interface Scan {
  readonly body: Buffer;
  readonly message: Viewed;
  readonly signal: Signal;
  readonly edits: Edit[];
  readonly open: Container[];
  /** How many containers are open below the deepest that is looked into. */
  tooDeep: number;
  /** The member whose value comes next. */
  name: string;
}

/**
 * As `stripProtobuf`, for a body that `JSON.parse` accepts. Works on the text, so that numbers keep their digits and unknown members
 * their bytes; what goes is replaced by `null`, which the decoder passes over.
 */
export function stripJson(body: Buffer, signal: Signal): Buffer {
  const scan: Scan = { body, message: { bytes: body, view: viewOf(body) }, signal, edits: [], open: [], tooDeep: 0, name: '' };
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) at = readText(scan, at) - 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) openContainer(scan, at, byte === OPEN_ARRAY);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) closeContainer(scan, at);
  }
  return applyEdits(body, scan.edits);
}

/** Returns where the string ends. */
function readText(scan: Scan, at: number): number {
  const { body, open, edits } = scan;
  const end = endOfString(body, at);
  if (isName(body, end)) {
    scan.name = end - at > LONGEST_NAME ? '' : unquote(scan.message, at, end);
    return end;
  }
  const inside = open.at(-1);
  if (scan.name === 'key' && inside && isPair(scan)) inside.isContent = isContentAttribute(unquote(scan.message, at, end));
  if (isFreeText(scan) && scan.tooDeep === 0) edits.push({ from: at, to: end, insert: NULL });
  return end;
}

function openContainer(scan: Scan, from: number, isArray: boolean): void {
  const { open, edits, name } = scan;
  if (open.length > DEEPEST) scan.tooDeep++;
  else {
    const isContent = open.length === DEEPEST || (name === 'attributes' && !isArray) || isFreeText(scan);
    open.push({ from, name, isArray, mark: edits.length, isContent });
  }
  scan.name = '';
}

function closeContainer(scan: Scan, at: number): void {
  const { open, edits } = scan;
  scan.name = '';
  if (scan.tooDeep > 0) {
    scan.tooDeep--;
    return;
  }
  const closed = open.pop();
  if (closed?.isContent) edits.splice(closed.mark, Infinity, { from: closed.from, to: at + 1, insert: NULL });
}

/** An object directly in the list of attributes or of a key-value list. */
function isPair({ open, tooDeep }: Scan): boolean {
  const list = open.at(-2);
  return (
    tooDeep === 0 && open.length <= DEEPEST && list !== undefined && list.isArray && (list.name === 'attributes' || list.name === 'values')
  );
}

/** `status.message` of a span and `body` of a log record may quote a prompt, and nothing reads them. */
function isFreeText({ name, open, signal }: Scan): boolean {
  return (name === 'message' && open.at(-1)?.name === 'status') || (name === 'body' && signal === 'logs');
}

function endOfString(body: Buffer, quoteAt: number): number {
  let at = quoteAt + 1;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

function isName(body: Buffer, stringEnd: number): boolean {
  let at = stringEnd;
  while ((body[at] ?? COLON) <= SPACE) at++;
  return body[at] === COLON;
}

function unquote(message: Viewed, from: number, to: number): string {
  const inner = names.text(message, from + 1, to - 1);
  return inner.includes('\\') ? String(JSON.parse(`"${inner}"`)).toWellFormed() : inner;
}
