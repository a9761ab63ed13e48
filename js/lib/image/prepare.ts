// From a file somebody chose to the file that is sent: upright, without metadata, of a type the
// models take. Pixels are encoded anew only where something about them has to change.
import { type PictureFile, readFile } from "./file.ts";
import type { Size } from "./limits.ts";
import type { Rect } from "./rect.ts";

export interface Ready extends Size {
  blob: Blob;
  name: string;
  /** SHA-256; "" where the browser may not compute one (plain http). */
  digest: string;
  /** What was done to it, or should be known of it. */
  notes: string[];
}

/** What to make of the upright picture. */
export interface Edit {
  crop?: Rect;
  /** Pixels of the longer side. */
  longest?: number;
}

export const MAX_FILE = 60 * 1024 * 1024;
const QUALITY = 0.95;
const SUFFIXES: Record<string, string> = {
  "image/jpeg": ".jpg",
  "image/png": ".png",
  "image/webp": ".webp",
};

/** @throws Error with words for a person when this is no picture the browser can read. */
export async function prepare(file: Blob, name: string, edit: Edit = {}): Promise<Ready> {
  const about = readFile(new Uint8Array(await file.arrayBuffer()));
  const stripped = new Blob(about.parts, { type: about.type || file.type });
  // Without its metadata, so that no browser turns it before we do: they differ in which they turn.
  const bitmap = await createImageBitmap(stripped).catch(() => {
    throw new Error(unreadable(name, about.type, file.type));
  });
  const kind = about.type || file.type;
  const clear = kind !== "image/jpeg" && isClear(bitmap);
  const notes: string[] = [];
  if (about.animated) notes.push("first frame of the animation");
  if (about.orientation > 1) notes.push("turned upright");
  if (about.deep) notes.push("16 bits per colour made 8");
  if (about.print) notes.push("print colours (CMYK) made RGB");
  if (clear) notes.push("transparent; the service decides what is behind it");
  if (edit.crop) notes.push("cropped");
  if (edit.longest) notes.push("reduced");
  let ready = { blob: stripped, width: bitmap.width, height: bitmap.height };
  if (mustChange(about, edit)) {
    const canvas = draw(bitmap, about.orientation, edit);
    const lossless = kind === "image/png" || kind === "image/gif" || clear;
    const blob = await encoded(canvas, lossless && !(edit.longest && !clear));
    ready = { blob, width: canvas.width, height: canvas.height };
  }
  bitmap.close();
  const stem = name.replace(/\.[^.]*$/, "") || "picture";
  const digest = await sha256(ready.blob);
  return { ...ready, name: stem + (SUFFIXES[ready.blob.type] ?? ""), digest, notes };
}

function mustChange(about: PictureFile, edit: Edit): boolean {
  return (
    !(about.type in SUFFIXES) ||
    about.orientation > 1 ||
    about.deep ||
    about.print ||
    (about.animated && about.type === "image/webp") ||
    Boolean(edit.crop || edit.longest)
  );
}

/** The picture as a person sees it, as large as asked for. */
export function draw(bitmap: ImageBitmap, orientation: number, edit: Edit): HTMLCanvasElement {
  const { width: w, height: h } = bitmap;
  const lies = orientation > 4;
  const whole = { x: 0, y: 0, width: lies ? h : w, height: lies ? w : h };
  const part = edit.crop ?? whole;
  const scale = Math.min(1, (edit.longest ?? Infinity) / Math.max(part.width, part.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(part.width * scale);
  canvas.height = Math.round(part.height * scale);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no memory left for a picture of this size.");
  context.imageSmoothingQuality = "high";
  context.scale(canvas.width / part.width, canvas.height / part.height);
  context.translate(-part.x, -part.y);
  const turns: Record<number, [number, number, number, number, number, number]> = {
    2: [-1, 0, 0, 1, w, 0],
    3: [-1, 0, 0, -1, w, h],
    4: [1, 0, 0, -1, 0, h],
    5: [0, 1, 1, 0, 0, 0],
    6: [0, 1, -1, 0, h, 0],
    7: [0, -1, -1, 0, h, w],
    8: [0, -1, 1, 0, 0, w],
  };
  const turn = turns[orientation];
  if (turn) context.transform(...turn);
  context.drawImage(bitmap, 0, 0);
  return canvas;
}

/** Whether anything can be seen through; looked at in small, where no clear region is lost. */
function isClear(bitmap: ImageBitmap): boolean {
  const side = 64;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  if (!context) return false;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  return data.some((value, at) => at % 4 === 3 && value < 255);
}

function encoded(canvas: HTMLCanvasElement, lossless: boolean): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null) =>
      blob ? resolve(blob) : reject(new Error("This browser cannot save a picture of this size."));
    canvas.toBlob(done, lossless ? "image/png" : "image/jpeg", QUALITY);
  });
}

async function sha256(blob: Blob): Promise<string> {
  // Only there on https and on this computer.
  if (!crypto.subtle) return "";
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function unreadable(name: string, type: string, claimed: string): string {
  if (type in SUFFIXES)
    return `${name} is damaged. Open it in a picture program and save it again.`;
  const kind = /^image\/(\w+)/.exec(claimed)?.[1]?.toUpperCase();
  return kind && !(claimed in SUFFIXES)
    ? `This browser cannot read ${kind} files. Save ${name} as JPG, PNG or WebP.`
    : `${name} is not a picture. Choose a JPG, PNG or WebP file.`;
}
