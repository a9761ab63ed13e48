// The boxes of which an MP4 file is made (ISO/IEC 14496-12).

/** A file that is left to the browser's own player; nobody is told why. */
export class Unreadable extends Error {}

interface Box {
  type: string;
  /** Where its header begins, in bytes from the start of the buffer. */
  start: number;
  /** With its header, in bytes. */
  size: number;
  /** What is in it; throws a RangeError when not all of it is there. */
  view: DataView;
}

/** The boxes in `view`, from `at` on. */
export function* boxes(view: DataView, at = 0): Generator<Box> {
  while (at + 8 <= view.byteLength) {
    const start = at;
    let [size, head] = [view.getUint32(at), 8];
    if (size === 1) [size, head] = [uint64(view, at + 8), 16];
    if (size === 0) size = view.byteLength - at;
    if (size < head) throw new Unreadable();
    yield {
      type: name(view, at + 4),
      start: view.byteOffset + start,
      size,
      get view() {
        return part(view, start + head, size - head);
      },
    };
    at += size;
  }
}

export function* boxesOf(type: string, view: DataView | null): Generator<Box> {
  if (view) for (const box of boxes(view)) if (box.type === type) yield box;
}

export function part(view: DataView, start: number, size: number): DataView {
  if (start + size > view.byteLength) throw new RangeError();
  return new DataView(view.buffer, view.byteOffset + start, size);
}

export const name = (view: DataView, at: number): string =>
  String.fromCharCode(...bytes(part(view, at, 4)));
export const bytes = (view: DataView): Uint8Array<ArrayBuffer> =>
  new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
export const uint64 = (view: DataView, at: number): number => Number(view.getBigUint64(at));

export function find(view: DataView, ...path: string[]): DataView | null {
  const [type, ...inner] = path;
  if (type === undefined) return view;
  for (const box of boxesOf(type, view)) return find(box.view, ...inner);
  return null;
}

export function need(view: DataView, ...path: string[]): DataView {
  const found = find(view, ...path);
  if (!found) throw new Unreadable();
  return found;
}

/** The rows of a table box: a count at `at`, then rows of `width` 32-bit numbers. */
export function* rows(view: DataView | null, width: number, at = 4): Generator<number[]> {
  const count = view?.getUint32(at) ?? 0;
  if (!view || at + 4 + count * width * 4 > view.byteLength) {
    if (count) throw new Unreadable();
    return;
  }
  for (let row = 0; row < count; row++) {
    const start = at + 4 + row * width * 4;
    yield Array.from({ length: width }, (_, column) => view.getUint32(start + column * 4));
  }
}
