import type { Signal } from '../journal/record.ts';

/**
 * Where attributes stand in an OTLP request, by protobuf tag (field number × 8 + 2, a length-delimited field), of
 * opentelemetry-proto 1.x. Everything that is not named here is copied.
 */
export interface Message {
  /** An envelope that breaks ends the reading of the whole body; any other message ends only itself. */
  readonly envelope?: true;
  readonly fields: Readonly<Record<number, Field>>;
}
export type Field =
  | { readonly is: 'message'; readonly message: Message; readonly alone: boolean }
  /** `alone`: damage in it is nobody else's; otherwise the message around it is damaged too. */
  | { readonly is: 'attribute'; readonly alone: boolean }
  /** Free text that may quote a prompt and that nothing reads. */
  | { readonly is: 'content' };

const attribute: Field = { is: 'attribute', alone: false };
/** The decoder passes over these without looking inside. */
const unreadAttribute: Field = { is: 'attribute', alone: true };

const message = (fields: Message['fields'], alone = true): Field => ({ is: 'message', message: { fields }, alone });
const envelope = (fields: Message['fields']): Message => ({ envelope: true, fields });

const resource = message({ 10: attribute });
const scope = message({ 26: unreadAttribute });
const span = message({
  74: attribute,
  90: message({ 26: attribute }, false),
  106: message({ 34: attribute }),
  122: message({ 18: { is: 'content' } }, false),
});
const logRecord = message({ 42: { is: 'content' }, 50: attribute });

const request = (item: Field): Message => {
  const scopeItems: Field = { is: 'message', message: envelope({ 10: scope, 18: item }), alone: false };
  return envelope({ 10: { is: 'message', message: envelope({ 10: resource, 18: scopeItems }), alone: false } });
};

export const REQUESTS: Readonly<Record<Signal, Message>> = { traces: request(span), logs: request(logRecord) };
