// A file to the kernel, in pieces small enough for every host.

import { openRequest } from "./channel.ts";
import { on } from "./dom.ts";
import type { Kernel } from "./model.ts";

/** Well under the 10 MiB a notebook server takes in one message, and Colab's 1 MB. */
const CHUNK_BYTES = 512 * 1024;
const MOST_UNDER_WAY = 3;

export interface Outgoing {
  file: Blob;
  name: string;
  /** What a person did to it, in words. */
  notes: string[];
}

export type OnProgress = (sent: number, silent: boolean) => void;

/**
 * Send a file; resolves with where the kernel keeps it, "" when it says no place.
 *
 * @param tell told how much has arrived, 0 to 1, and whether the kernel is busy.
 */
export async function upload(
  model: Kernel,
  { file, name, notes }: Outgoing,
  signal: AbortSignal,
  tell: OnProgress,
): Promise<string> {
  const cut = new AbortController();
  const lost = () =>
    cut.abort(new Error("The kernel was restarted. Run the cell again, then choose the file."));
  on(signal, "abort", () => cut.abort(signal.reason));
  for (const event of ENDS) model.on(event, lost);
  let arrived = 0;
  let next = 0;
  let underWay = 0;
  let pumping = false;
  let path = "";

  async function sendChunks(): Promise<void> {
    if (pumping) return;
    pumping = true;
    while (underWay < MOST_UNDER_WAY && next < file.size && !cut.signal.aborted) {
      const offset = next;
      next += CHUNK_BYTES;
      underWay++;
      send({ type: "piece", offset }, [await file.slice(offset, next).arrayBuffer()]);
    }
    pumping = false;
  }

  const { done, send } = openRequest(
    model,
    { type: "begin", name, size: file.size, notes },
    cut.signal,
    (silent) => tell(arrived / file.size, silent),
    (reply) => {
      if (reply.type === "kept") path = reply.path;
      if (reply.type !== "taken") return true;
      if (reply.offset > 0) underWay--;
      arrived = reply.offset;
      tell(arrived / file.size, false);
      void sendChunks();
      return false;
    },
  );
  try {
    await done;
    return path;
  } catch (error) {
    if (signal.aborted) send({ type: "cancel" });
    throw error;
  } finally {
    for (const event of ENDS) model.off(event, lost);
  }
}

/** What a host says of a model whose kernel is gone. */
const ENDS = ["comm_live_update", "comm:close"];
