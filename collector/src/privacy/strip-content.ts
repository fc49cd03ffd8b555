import type { Encoding, Signal } from '../journal/record.ts';
import { stripJson } from './strip-json.ts';
import { stripProtobuf } from './strip-protobuf.ts';

/**
 * A decodable request without prompts, answers, tool arguments and the like; the very same buffer when it holds none. The journal keeps
 * what this returns, so that content that was not asked for never reaches the disk.
 */
export function stripContent(body: Buffer, signal: Signal, encoding: Encoding): Buffer {
  return encoding === 'protobuf' ? stripProtobuf(body, signal) : stripJson(body, signal);
}
