// The state of one model's picture, which its views share: chosen, on its way, in the kernel.

import { type RequestBody, request } from "../../core/channel.ts";
import { objectUrl, on } from "../../core/dom.ts";
import { messageOf } from "../../core/format.ts";
import type { BaseTraits, Model } from "../../core/model.ts";
import { download, type Outgoing, upload } from "../../core/transfer.ts";
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
  /** What was chosen here last; the kernel prepares it for sending. */
  chosen: Outgoing | null;
  /** Object URL of the chosen file. */
  url: string;
  /** What it was made from, to crop it again and to undo. */
  original: Blob | null;
  /** Of the picture that the kernel made from it; "" until there is one. */
  digest: string;
  /** Why the last try failed. */
  fault: string;
  progress: number;
  /** Why the kernel does not answer; "" while it does. */
  waiting: string;
  /** Ends the work under way. */
  work: AbortController;
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
  waiting: "",
  work: new AbortController(),
  views: new Set(),
});

/** Let go of a picture, which may have 60 MB, when its model closes. */
export function releaseAtEnd(_: unknown, state: ImageState, signal?: AbortSignal): void {
  if (!signal) return;
  on(signal, "abort", () => {
    state.work.abort();
    URL.revokeObjectURL(state.url);
    const { views, ...fresh } = freshImageState();
    Object.assign(state, fresh);
  });
}

/** The picture to show: the one that was chosen here, or the one that the kernel holds. */
export interface ShownPicture {
  /** The one chosen here, until the kernel has made of it the one that will be sent. */
  own: Outgoing | null;
  /** The kernel's. */
  held: Partial<ShownImage>;
  /** Of whichever of the two is shown; "" when there is none. */
  name: string;
  /** The address of a picture of which nothing else is known; "" for all others. */
  url: string;
}

export interface Actions {
  choose(file: Blob, name: string): Promise<void>;
  /** Make something else of the original. */
  edit(edit: Edit): Promise<void>;
  /** The file that `edit` starts from. */
  source(): Promise<Blob | null>;
  link(url: string): Promise<void>;
  clear(): Promise<void>;
  cancel(): void;
  /** Say why there is nothing to take. */
  complain(error: unknown): void;
}

const MAX_FILE = 60 * 1024 * 1024;

export function actions(model: Model<ImageTraits>, held: ImageState): Actions {
  const tell = (changes: Partial<ImageState>) => {
    Object.assign(held, changes);
    for (const show of held.views) show();
  };
  const report = (progress: number, waiting = "") => tell({ progress, waiting });

  /** End the work under way; the next has a signal of its own. */
  function renew(): AbortSignal {
    held.work.abort();
    held.work = new AbortController();
    return held.work.signal;
  }

  const say = (message: RequestBody, signal: AbortSignal) =>
    request(model, message, signal, (waiting) => tell({ waiting }));

  /** Do some work unless something newer ends it; what goes wrong is shown in the view. */
  async function attempt(
    phase: ImageState["phase"],
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const signal = renew();
    tell({ phase, fault: "", progress: 0, waiting: "" });
    let fault = "";
    try {
      await work(signal);
    } catch (error) {
      fault = messageOf(error);
    }
    if (!signal.aborted) tell({ phase: "", waiting: "", fault });
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
        throw new Error(`${name} is ${size} MB. Images can be up to 60 MB here.`);
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
      await upload(model, chosen, signal, report);
      held.digest = model.get("_shown").digest ?? "";
    });

  async function source(): Promise<Blob | null> {
    if (held.original && isCurrent(held, model)) return held.original;
    let blob: Blob | null = null;
    await attempt("fetching", async (signal) => {
      const wait = (waiting: string) => tell({ waiting });
      blob = await download(model, model.get("_shown"), signal, "", wait, report);
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
      tell({ phase: "", waiting: "", fault: "" });
    },
    complain: (error) => tell({ fault: messageOf(error) }),
  };
}

/** Whether the kernel holds what was chosen here, or would if it fitted. */
export const isCurrent = ({ chosen, digest }: ImageState, model: Model<ImageTraits>): boolean =>
  Boolean(chosen) && digest === (model.get("_shown").digest ?? "");

export function shownPicture(model: Model<ImageTraits>, state: ImageState): ShownPicture {
  const held = model.get("_shown");
  const own = !held.name && isCurrent(state, model) ? state.chosen : null;
  return { own, held, name: (own ?? held).name ?? "", url: own ? "" : (held.url ?? "") };
}
