// The picture of one model as its views share it: chosen, on its way, there.

import { fetchClip, type RequestBody, request } from "../../core/channel.ts";
import { objectUrl } from "../../core/dom.ts";
import type { BaseTraits, Model } from "../../core/model.ts";
import { type Outgoing, upload } from "../../core/transfer.ts";
import type { ImageLimits, ShownImage } from "../../protocol/inputs.ts";
import { type Edit, edited } from "./image_edit.ts";

export interface ImageTraits extends BaseTraits {
  label: string;
  limits: Partial<ImageLimits>;
  problem: string | null;
  disabled: boolean;
  _remedy: string;
  _shown: Partial<ShownImage>;
  _thumbnail: string;
}

export interface ImageState {
  phase: "" | "reading" | "sending" | "fetching";
  /** What was chosen here last; the kernel makes the picture of it that is sent. */
  chosen: Outgoing | null;
  /** Object URL of the chosen file. */
  url: string;
  /** What it was made from, to crop it again and to undo. */
  original: Blob | null;
  /** Of the kernel's picture made from it; "" until there is one. */
  digest: string;
  /** Why the last try failed, in words. */
  fault: string;
  progress: number;
  silent: boolean;
  under: AbortController;
  views: Set<() => void>;
}

export const freshImageState = (): ImageState => ({
  phase: "",
  chosen: null,
  url: "",
  original: null,
  digest: "",
  fault: "",
  progress: 0,
  silent: false,
  under: new AbortController(),
  views: new Set(),
});

export interface Actions {
  choose(file: Blob, name: string): Promise<void>;
  /** Make something else of the original. */
  edit(edit: Edit): Promise<void>;
  /** The file that `edit` starts from. */
  source(): Promise<Blob | null>;
  link(url: string): Promise<void>;
  clear(): Promise<void>;
  cancel(): void;
}

const MAX_FILE = 60 * 1024 * 1024;

export function actions(model: Model<ImageTraits>, held: ImageState): Actions {
  const tell = (changes: Partial<ImageState>) => {
    Object.assign(held, changes);
    for (const show of held.views) show();
  };
  const move = (progress: number, silent: boolean) => tell({ progress, silent });

  /** End what is going on; what comes next has a signal of its own. */
  function renew(): AbortSignal {
    held.under.abort();
    held.under = new AbortController();
    return held.under.signal;
  }

  const say = (message: RequestBody, signal: AbortSignal) =>
    request(model, message, signal, (silent) => tell({ silent }));

  /** Do it until a newer wish ends it; what goes wrong stands in the view. */
  async function attempt(
    phase: ImageState["phase"],
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const signal = renew();
    tell({ phase, fault: "", progress: 0, silent: false });
    let fault = "";
    try {
      await work(signal);
    } catch (error) {
      fault = (error as Error).message;
    }
    if (!signal.aborted) tell({ phase: "", silent: false, fault });
  }

  function hold(chosen: Outgoing | null, original: Blob | null): void {
    URL.revokeObjectURL(held.url);
    const url = chosen ? objectUrl(chosen.file) : "";
    tell({ chosen, url, original, digest: "" });
  }

  const bring = (original: Blob, name: string, edit?: Edit): Promise<void> =>
    attempt("reading", async (signal) => {
      if (!original.size) throw new Error(`${name} is empty.`);
      if (original.size > MAX_FILE) {
        const size = Math.round(original.size / 1e6);
        throw new Error(`${name} has ${size} MB. Pictures of up to 60 MB can be taken from here.`);
      }
      const file = edit ? await edited(original, name, edit) : original;
      if (signal.aborted) return;
      const notes = edit ? [edit.crop ? "cropped" : "reduced"] : [];
      const chosen = { file, name, notes };
      hold(chosen, original);
      if (file.size >= (model.get("limits").max_bytes ?? Infinity)) {
        await say({ type: "hold", size: file.size }, signal);
        return;
      }
      tell({ phase: "sending" });
      await upload(model, chosen, signal, move);
      held.digest = model.get("_shown").digest ?? "";
    });

  async function source(): Promise<Blob | null> {
    if (held.original && isCurrent(held, model)) return held.original;
    let blob: Blob | null = null;
    await attempt("fetching", async (signal) => {
      const silent = (busy: boolean) => tell({ silent: busy });
      blob = await fetchClip(model, model.get("_shown"), signal, silent, (part) =>
        move(part, false),
      );
    });
    return blob;
  }

  return {
    choose: bring,
    async edit(edit) {
      const name = held.chosen && isCurrent(held, model) ? held.chosen.name : undefined;
      const original = await source();
      if (original) await bring(original, name ?? model.get("_shown").name ?? "", edit);
    },
    source,
    link: (url) =>
      attempt("sending", async (signal) => {
        await say({ type: "link", url }, signal);
        hold(null, null);
      }),
    clear: () =>
      attempt("", async (signal) => {
        hold(null, null);
        await say({ type: "clear" }, signal);
      }),
    cancel() {
      const was = held.phase;
      renew();
      if (was !== "fetching") hold(null, null);
      tell({ phase: "", silent: false, fault: "" });
    },
  };
}

/** Whether what was chosen here is what the kernel holds, or would if it could. */
export const isCurrent = ({ chosen, digest }: ImageState, model: Model<ImageTraits>): boolean =>
  Boolean(chosen) && digest === (model.get("_shown").digest ?? "");
