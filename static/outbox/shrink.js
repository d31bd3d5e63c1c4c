// Pictures on a canvas: upright, no larger than the server keeps them, and back to a JPEG.

import { read } from "./exif.js";

const EDGE = 1920;
const LIGHT = 300 * 1024;
// How pixels get to where they belong, by the orientation that the camera noted: width and height
// are those of the picture as it lies in the file.
const TURNS = {
  2: (width) => [-1, 0, 0, 1, width, 0],
  3: (width, height) => [-1, 0, 0, -1, width, height],
  4: (_, height) => [1, 0, 0, -1, 0, height],
  5: () => [0, 1, 1, 0, 0, 0],
  6: (_, height) => [0, 1, -1, 0, height, 0],
  7: (width, height) => [0, -1, -1, 0, height, width],
  8: (width) => [0, -1, 1, 0, 0, width],
};

// The picture as it is meant to be seen, long edge at most 1920 px; null if it cannot be decoded
// here. Some browsers turn pictures by themselves and older ones do not, so the note is taken out
// first and followed here.
export const drawn = async (content, type) => {
  const note = read(content);
  const parts = note ? [content.slice(0, note.start), content.slice(note.end)] : [content];
  const address = URL.createObjectURL(new Blob(parts, { type }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const scale = Math.min(1, EDGE / Math.max(image.naturalWidth, image.naturalHeight));
    const width = Math.max(1, Math.round(image.naturalWidth * scale));
    const height = Math.max(1, Math.round(image.naturalHeight * scale));
    const orientation = note ? note.orientation : 1;
    const canvas = document.createElement("canvas");
    canvas.width = orientation > 4 ? height : width;
    canvas.height = orientation > 4 ? width : height;
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    if (TURNS[orientation]) pen.setTransform(...TURNS[orientation](width, height));
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, 0, 0, width, height);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    return canvas;
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
};

// The canvas as the bytes of a JPEG; null when the phone has no memory left for it.
export const jpeg = async (canvas, quality) => {
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
  return blob ? new Response(blob).arrayBuffer() : null;
};

// The bytes of a smaller picture, or null where the picture is better sent as it is. Of HEIC only
// the server reads when it was taken.
export const smaller = async (content, type) => {
  if (!/^image\/(jpeg|png|webp)$/.test(type)) return null;
  const canvas = content.byteLength > LIGHT ? await drawn(content, type) : null;
  const large = canvas && Math.max(canvas.width, canvas.height) === EDGE;
  const made = large ? await jpeg(canvas, 0.85) : null;
  return made && made.byteLength < content.byteLength ? made : null;
};

// What a picture of this name is called once it is a JPEG.
export const renamed = (name) => `${name.replace(/\.[^.]*$/, "")}.jpg`;
