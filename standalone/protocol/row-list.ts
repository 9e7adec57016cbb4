/** BsatnRowList: rows one after the other, with a hint of where each begins. Source: reference "protocol" 2.5. */
import type { ByteString } from '../database/datastore/byte-string.ts';
import type { ByteWriter } from '../database/datastore/byte-writer.ts';

const greatestFixedSize = 0xffff;

/** Rows of equal size get that size as hint, others their offsets. Zero-width rows need offsets to be counted. */
export function writeRowList(out: ByteWriter, rows: readonly ByteString[]): void {
  const size = rows[0]?.length ?? 0;
  const equal = size > 0 && size <= greatestFixedSize && rows.every((row) => row.length === size);
  if (equal) {
    out.u8(0);
    out.u16(size);
  } else {
    out.u8(1);
    writeOffsets(out, rows);
  }
  const lengthAt = out.reserve(4);
  const start = out.length;
  for (const row of rows) out.rawString(row);
  out.patchU32(lengthAt, out.length - start);
}

function writeOffsets(out: ByteWriter, rows: readonly ByteString[]): void {
  out.u32(rows.length);
  let offset = 0;
  for (const row of rows) {
    out.u32(offset);
    out.u32(0);
    offset += row.length;
  }
}
