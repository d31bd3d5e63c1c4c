// What a JPEG says of itself: when it was taken, which way up it is, and where it says so.

const EXIF = 0x45786966;
const ORIENTATION = 0x0112;
const DETAILS = 0x8769;
const TAKEN = 0x9003;
const OFFSET = 0x9011;

// {taken, orientation, start, end}, or null without such data. `taken` is ISO 8601, with the offset
// from UTC where the camera knew it.
export const read = (content) => {
  const view = new DataView(content);
  try {
    if (view.getUint16(0) !== 0xffd8) return null;
    for (let at = 2; view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda; ) {
      const end = at + 2 + view.getUint16(at + 2);
      if (view.getUint8(at + 1) === 0xe1 && view.getUint32(at + 4) === EXIF) {
        return { ...said(view, at + 10), start: at, end };
      }
      at = end;
    }
  } catch {
    // It ends too early, or points beyond its end: then it says nothing.
  }
  return null;
};

const said = (view, base) => {
  const little = view.getUint16(base) === 0x4949;
  const entries = (at) => {
    const found = {};
    for (let n = 0; n < view.getUint16(at, little); n++) {
      const entry = at + 2 + 12 * n;
      found[view.getUint16(entry, little)] = entry + 8;
    }
    return found;
  };
  const text = (at, length) => {
    const start = base + view.getUint32(at, little);
    return String.fromCharCode(...Array.from({ length }, (_, n) => view.getUint8(start + n)));
  };
  const first = entries(base + view.getUint32(base + 4, little));
  const orientation = first[ORIENTATION] ? view.getUint16(first[ORIENTATION], little) : 1;
  let taken = null;
  try {
    const details = entries(base + view.getUint32(first[DETAILS], little));
    const parts = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/.exec(text(details[TAKEN], 19));
    if (parts) taken = `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}`;
    const offset = taken && details[OFFSET] ? text(details[OFFSET], 6) : "";
    if (/^[+-]\d\d:\d\d$/.test(offset)) taken += offset;
  } catch {
    // A photo without its time is as good as any.
  }
  return { taken, orientation };
};
