import { isContentAttribute } from '@tokenledger/model/content-attribute';
import { type AttributeValue, Attributes } from './attributes.ts';
import { type OtlpEvent, type OtlpScope, SPAN_KINDS, SPAN_STATUSES } from './otlp.ts';
import type { RawItem, RawLogRecord, RawSpan } from './raw.ts';
import { checkIds, type Damage, isSampled, isSpanId } from './raw.ts';

/*
 * OTLP/JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * Ids are hex (base64 from generic protobuf encoders), 64-bit integers text or numbers, enums numbers or names, field names lowerCamelCase
 * (snake_case from hand-made senders). What has another type than it should is as if absent.
 */
type Json = Readonly<Record<string, unknown>>;

const NANOS_PER_MS = 1e6;
const DEEPEST_VALUE = 32;

export interface JsonReader<Raw extends RawItem> {
  readonly request: readonly string[];
  readonly scopes: readonly string[];
  readonly items: readonly string[];
  readonly read: (item: Json, resource: Attributes, scope: OtlpScope) => Raw;
  readonly accept: (raw: Raw) => void;
  readonly reject: (damage: Damage) => void;
}

/** False when this is no request of the expected signal. */
export function walkJson<Raw extends RawItem>(root: unknown, reader: JsonReader<Raw>): boolean {
  if (!isObject(root)) return false;
  const resources = field(root, reader.request);
  if (resources === undefined) return Object.keys(root).every((key) => reader.request.includes(key));
  for (const resourceItems of objects(resources)) {
    const resource = readAttributes(objectOf(resourceItems['resource'])['attributes'], 0);
    for (const scopeItems of objects(field(resourceItems, reader.scopes))) {
      const scope = readScope(objectOf(scopeItems['scope']));
      for (const item of arrayOf(field(scopeItems, reader.items))) readItem(item, resource, scope, reader);
    }
  }
  return true;
}

function readItem<Raw extends RawItem>(item: unknown, resource: Attributes, scope: OtlpScope, reader: JsonReader<Raw>): void {
  if (!isObject(item)) {
    reader.reject({ code: 'malformed', message: 'not an object' });
    return;
  }
  const raw = reader.read(item, resource, scope);
  const damage = checkIds(raw, isHex);
  if (damage) reader.reject(damage);
  else reader.accept(raw);
}

function readScope(scope: Json): OtlpScope {
  return { name: text(scope['name']), version: text(scope['version']) };
}

export function readJsonSpan(item: Json, resource: Attributes, scope: OtlpScope): RawSpan {
  return {
    traceId: hexId(field(item, ['traceId', 'trace_id']), 16),
    spanId: hexId(field(item, ['spanId', 'span_id']), 8),
    parentSpanId: parentIdOf(item),
    name: text(item['name']),
    kind: enumValue(item['kind'], SPAN_KINDS, 'SPAN_KIND_') ?? 'unspecified',
    startMs: nanosToMs(field(item, ['startTimeUnixNano', 'start_time_unix_nano'])),
    endMs: nanosToMs(field(item, ['endTimeUnixNano', 'end_time_unix_nano'])),
    status: enumValue(objectOf(item['status'])['code'], SPAN_STATUSES, 'STATUS_CODE_') ?? 'unset',
    attributes: readAttributes(item['attributes'], 0),
    events: objects(item['events']).map(readEvent),
    resource,
    scope,
  };
}

export function readJsonLogRecord(item: Json, resource: Attributes, scope: OtlpScope): RawLogRecord {
  return {
    traceId: idOf(field(item, ['traceId', 'trace_id']), 16),
    spanId: idOf(field(item, ['spanId', 'span_id']), 8),
    isSampled: isSampled(Number(item['flags'])),
    timeMs: nanosToMs(field(item, ['timeUnixNano', 'time_unix_nano'])),
    observedMs: nanosToMs(field(item, ['observedTimeUnixNano', 'observed_time_unix_nano'])),
    eventName: text(field(item, ['eventName', 'event_name'])),
    attributes: readAttributes(item['attributes'], 0),
    resource,
    scope,
  };
}

function readEvent(event: Json): OtlpEvent {
  return {
    name: text(event['name']),
    timeMs: nanosToMs(field(event, ['timeUnixNano', 'time_unix_nano'])),
    attributes: readAttributes(event['attributes'], 0),
  };
}

function readAttributes(list: unknown, depth: number): Attributes {
  const attributes = new Attributes();
  for (const entry of objects(list)) {
    const key = text(entry['key']);
    if (!isContentAttribute(key)) attributes.set(key, readAnyValue(entry['value'], depth));
  }
  return attributes;
}

function readAnyValue(value: unknown, depth: number): AttributeValue {
  if (!isObject(value)) return null;
  const string = field(value, ['stringValue', 'string_value']);
  if (typeof string === 'string') return string.toWellFormed();
  const int = field(value, ['intValue', 'int_value']);
  if (int !== undefined) return integer(int);
  const double = field(value, ['doubleValue', 'double_value']);
  if (double !== undefined) return number(double);
  const bool = field(value, ['boolValue', 'bool_value']);
  if (typeof bool === 'boolean') return bool;
  const bytes = field(value, ['bytesValue', 'bytes_value']);
  if (typeof bytes === 'string') return bytes;
  if (depth >= DEEPEST_VALUE) return null;
  const array = field(value, ['arrayValue', 'array_value']);
  if (isObject(array)) return arrayOf(array['values']).map((entry) => readAnyValue(entry, depth + 1));
  const pairs = field(value, ['kvlistValue', 'kvlist_value']);
  return isObject(pairs) ? readAttributes(pairs['values'], depth + 1) : null;
}

const INTEGER = /^-?\d{1,20}$/;

function integer(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && INTEGER.test(value) ? Number(value) : null;
}

/** proto3 JSON writes the numbers JSON lacks as text: "NaN", "Infinity", "-Infinity". */
function number(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : null;
}

function nanosToMs(value: unknown): number {
  const nanos = integer(value);
  return nanos === null || !Number.isFinite(nanos) ? 0 : nanos / NANOS_PER_MS;
}

const HEX = /^[0-9a-fA-F]+$/;
const isHex = (text: string): boolean => HEX.test(text);

/** The id as lower-case hex; text that is neither hex nor base64 of that many bytes is returned as it is, to be shown in the rejection. */
function hexId(value: unknown, byteLength: number): string {
  const id = text(value);
  if (id.length === byteLength * 2 && isHex(id)) return id.toLowerCase();
  const bytes = Buffer.from(id, 'base64');
  return bytes.length === byteLength && !isHex(id) ? bytes.toString('hex') : id;
}

/** Nothing where it is no id at all. */
function idOf(value: unknown, byteLength: number): string {
  const id = hexId(value, byteLength);
  return isHex(id) ? id : '';
}

function parentIdOf(item: Json): string | undefined {
  const id = idOf(field(item, ['parentSpanId', 'parent_span_id']), 8);
  return isSpanId(id) ? id : undefined;
}

function enumValue<Name extends string>(value: unknown, names: readonly Name[], prefix: string): Name | undefined {
  if (typeof value === 'number') return names[value];
  if (typeof value !== 'string' || !value.startsWith(prefix)) return undefined;
  return names.find((name) => name.toUpperCase() === value.slice(prefix.length));
}

function field(object: Json, names: readonly string[]): unknown {
  for (const name of names) {
    const value = object[name];
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const NO_FIELDS: Json = Object.freeze(Object.create(null));

const objectOf = (value: unknown): Json => (isObject(value) ? value : NO_FIELDS);
const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const objects = (value: unknown): Json[] => arrayOf(value).filter(isObject);
const text = (value: unknown): string => (typeof value === 'string' ? value.toWellFormed() : '');
