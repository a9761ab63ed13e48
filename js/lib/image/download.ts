// The picture that the kernel holds, to be cropped here.
import type { Kernel } from "../model.ts";
import type { ImageFromKernel, ImageToKernel } from "../protocol/image.ts";
import { ask } from "../request.ts";
import type { Tell } from "../upload.ts";

/** The bytes of the picture the kernel holds. */
export async function download(
  model: Kernel,
  type: string,
  signal: AbortSignal,
  tell: Tell,
): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let arrived = 0;
  let total = 1;
  const { done, send } = ask<ImageToKernel, ImageFromKernel>(
    model,
    { type: "fetch" },
    signal,
    (silent) => tell(arrived / total, silent),
    (reply, buffer) => {
      if (reply.type !== "chunk" || !buffer || reply.offset !== arrived) return false;
      parts.push(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice());
      arrived += buffer.byteLength;
      total = reply.total;
      tell(arrived / total, false);
      send({ type: "ack" });
      return arrived >= total;
    },
  );
  await done;
  return new Blob(parts, { type });
}
