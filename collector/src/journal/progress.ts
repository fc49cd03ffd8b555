import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/**
 * Which segments are stored. They are stored strictly in order, so the last number says it all. The file has two slots in
 * blocks of their own, written in turn: a write that a crash cut harms one, and the other holds the number before.
 *
 *     <number, 15 digits> <crc32 of the digits, 8 hex digits>\n
 *
 * It is synced before a segment's file goes.
 */
export interface Progress {
  /** The number of the last stored segment; 0 before the first. */
  readonly done: number;
  record(number: number): Promise<void>;
  close(): Promise<void>;
}

const FILE = 'progress';
const SLOT_BYTES = 4096;
const SLOT = /^(\d{15}) ([0-9a-f]{8})\n/;

export async function openProgress(directory: string): Promise<Progress> {
  const file = await open(join(directory, FILE), constants.O_RDWR | constants.O_CREAT, 0o600);
  let { done, slot } = await readSlots(file);
  return {
    get done() {
      return done;
    },
    async record(number) {
      const other = 1 - slot;
      await file.write(slotText(number), other * SLOT_BYTES);
      await file.datasync();
      slot = other;
      done = number;
    },
    close: () => file.close(),
  };
}

function slotText(number: number): string {
  const digits = String(number).padStart(15, '0');
  return `${digits} ${crc32(digits).toString(16).padStart(8, '0')}\n`;
}

async function readSlots(file: FileHandle): Promise<{ done: number; slot: number }> {
  const bytes = Buffer.alloc(2 * SLOT_BYTES);
  await file.read(bytes, 0, bytes.length, 0);
  const slots = [0, 1].map((slot) => {
    const [, digits, crc = ''] = SLOT.exec(bytes.toString('latin1', slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES)) ?? [];
    return { done: digits !== undefined && crc32(digits) === parseInt(crc, 16) ? Number(digits) : 0, slot };
  });
  return slots.reduce((best, next) => (next.done > best.done ? next : best));
}
