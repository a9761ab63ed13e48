// Files to the kernel and clips and pictures from it, in pieces small enough for every host.

import { type OnReply, type OnSilence, openRequest } from "./channel.ts";
import { on } from "./dom.ts";
import type { Kernel } from "./model.ts";

/** Well under the 10 MiB a notebook server takes in one message, and Colab's 1 MB. */
const CHUNK_BYTES = 512 * 1024;
const MOST_UNDER_WAY = 3;

export interface Outgoing {
  file: Blob;
  name: string;
  /** What a person did to it, as text. */
  notes: string[];
}

/** Told how much has arrived, 0 to 1, and what is waited for while the kernel is silent. */
export type OnProgress = (part: number, waiting: string) => void;

/**
 * Send a file; resolves with where the kernel keeps it, "" when it does not say.
 *
 * @throws Error with a message for people when the file cannot be read, the kernel refuses it or stops.
 */
export async function upload(
  model: Kernel,
  { file, name, notes }: Outgoing,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<string> {
  if (!file.size) throw new Error(`${name} is empty.`);
  const unreadable = new AbortController();
  const cut = AbortSignal.any([signal, unreadable.signal]);
  let arrived = 0;
  let next = 0;
  let underWay = 0;
  let reading = false;
  let path = "";

  async function sendChunks(): Promise<void> {
    if (reading) return;
    reading = true;
    while (underWay < MOST_UNDER_WAY && next < file.size && !cut.aborted) {
      const offset = next;
      next += CHUNK_BYTES;
      underWay++;
      send({ type: "piece", offset }, [await file.slice(offset, next).arrayBuffer()]);
    }
    reading = false;
  }

  const { done, send } = openRequest(
    model,
    { type: "begin", name, size: file.size, notes },
    cut,
    (words) => onProgress(arrived / file.size, words),
    (reply) => {
      if (reply.type === "kept") path = reply.path;
      if (reply.type !== "taken") return true;
      if (reply.offset > 0) underWay--;
      arrived = reply.offset;
      onProgress(arrived / file.size, "");
      sendChunks().catch(() => unreadable.abort(new Error(cannotRead(name))));
      return false;
    },
  );
  try {
    await done;
    return path;
  } catch (error) {
    if (cut.aborted) send({ type: "cancel" });
    throw error;
  }
}

const cannotRead = (name: string): string =>
  `${name} cannot be read. It may have been moved, changed or deleted: choose it again.`;

/**
 * The files that were dropped.
 *
 * @throws Error with a message for people when there is a folder among them.
 */
export function droppedFiles({ items, files }: DataTransfer): File[] {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.());
  const folder = entries.find((entry) => entry?.isDirectory);
  if (folder) throw new Error(`${folder.name} is a folder. Drop the files in it instead.`);
  return [...files];
}

/** A drag of JupyterLab's own (Lumino's `Drag.Event`), not one of the browser's. */
interface LabDrag extends Event {
  mimeData: { getData(type: string): unknown };
  proposedAction: string;
  dropAction: string;
}

const LAB_DRAGS = "lm-dragenter lm-dragover lm-dragleave lm-drop";
/** Paths below the server's root, as JupyterLab's file browser gives them. */
const LAB_PATHS = "application/x-jupyter-icontents";

/**
 * Take files that are dragged here from JupyterLab's file browser.
 *
 * @param still true while nothing is taken.
 * @param take called with what was dropped; what it throws is up to it.
 */
export function onLabDrop(
  zone: HTMLElement,
  still: () => boolean,
  take: (files: Promise<File[]>) => void,
): void {
  on<LabDrag>(zone, LAB_DRAGS, (event) => {
    const paths = event.mimeData.getData(LAB_PATHS);
    if (still() || !Array.isArray(paths)) return;
    event.preventDefault();
    event.stopPropagation();
    event.dropAction = event.proposedAction;
    if (event.type === "lm-drop") take(Promise.all(paths.map((path) => labFile(String(path)))));
    else if (event.type !== "lm-dragleave") zone.dataset.over = "";
    if (/drop|leave/.test(event.type)) delete zone.dataset.over;
  });
}

/** @throws Error with a message for people when the server does not give the file. */
async function labFile(path: string): Promise<File> {
  const { baseUrl = "/" } = JSON.parse(
    document.getElementById("jupyter-config-data")?.textContent ?? "{}",
  );
  // "RTC:folder/file": files of other drives have that in front.
  const steps = path.replace(/^[^/]*:/, "").split("/");
  const name = steps.at(-1) ?? path;
  const answer = await fetch(`${baseUrl}files/${steps.map(encodeURIComponent).join("/")}`);
  if (!answer.ok) throw new Error(`JupyterLab did not give ${name}. Choose it with Browse…`);
  const bytes = await answer.blob();
  return new File([bytes], name, { type: bytes.type });
}

/**
 * The bytes of a clip or picture from the kernel.
 *
 * @param run which one of a comparison; "" where there is one only.
 * @param onProgress told how much has come, 0 to 1.
 */
export async function download(
  model: Kernel,
  media: { content_type?: string } | null,
  signal: AbortSignal,
  run: string,
  onSilence: OnSilence = () => {},
  onProgress: (part: number) => void = () => {},
): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  const onReply: OnReply = (reply, buffer) => {
    // A chunk out of turn is the answer to no ack of ours.
    if (reply.type !== "chunk" || !buffer || reply.offset !== received) return false;
    parts.push(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice());
    received += buffer.byteLength;
    onProgress(received / reply.total);
    send({ type: "ack" });
    return received >= reply.total;
  };
  const first = { type: "media", run, clip: 0 } as const;
  const { done, send } = openRequest(model, first, signal, onSilence, onReply);
  try {
    await done;
  } catch (error) {
    if (signal.aborted) send({ type: "cancel_media" });
    throw error;
  }
  return new Blob(parts, { type: media?.content_type ?? "" });
}
