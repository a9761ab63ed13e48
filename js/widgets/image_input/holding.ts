// The picture of one model as its views share it: chosen, made ready, on its way, there.
import { complaint } from "../../lib/image/limits.ts";
import { type Edit, MAX_FILE, prepare, type Ready } from "../../lib/image/prepare.ts";
import { download, upload } from "../../lib/image/upload.ts";
import type { BaseTraits, Model } from "../../lib/model.ts";
import type {
  ClearMessage,
  HoldMessage,
  ImageFromKernel,
  ImageLimits,
  ImageToKernel,
  LinkMessage,
  ShownImage,
} from "../../lib/protocol/image.ts";
import { ask } from "../../lib/request.ts";

export interface ImageTraits extends BaseTraits {
  label: string;
  limits: Partial<ImageLimits>;
  problem: string | null;
  disabled: boolean;
  _shown: Partial<ShownImage>;
  _thumbnail: string;
}

export interface Holding {
  phase: "" | "reading" | "sending" | "fetching";
  /** What was chosen here, ready to send; null while the kernel's picture is the one. */
  ready: Ready | null;
  /** Object URL of `ready`. */
  url: string;
  /** What it was made from, to crop it again and to undo. */
  original: Blob | null;
  edited: boolean;
  /** Too large to be sent: waits here for a person to reduce it. */
  waits: boolean;
  /** Why the last try failed, in words. */
  fault: string;
  progress: number;
  silent: boolean;
  under: AbortController;
  views: Set<() => void>;
}

export const freshHolding = (): Holding => ({
  phase: "",
  ready: null,
  url: "",
  original: null,
  edited: false,
  waits: false,
  fault: "",
  progress: 0,
  silent: false,
  under: new AbortController(),
  views: new Set(),
});

export interface Actions {
  choose(file: Blob, name: string): Promise<void>;
  /** Make something else of the original. */
  edit(edit: Edit, name: string): Promise<void>;
  /** The file that `edit` starts from. */
  source(): Promise<Blob | null>;
  link(url: string): Promise<void>;
  clear(): Promise<void>;
  cancel(): void;
}

export function actions(model: Model<ImageTraits>, held: Holding): Actions {
  const tell = (changes: Partial<Holding>) => {
    Object.assign(held, changes);
    for (const show of held.views) show();
  };

  /** End what is going on; what comes next has a signal of its own. */
  function renew(): AbortSignal {
    held.under.abort();
    held.under = new AbortController();
    return held.under.signal;
  }

  const say = (
    message: Omit<HoldMessage, "id"> | Omit<LinkMessage, "id"> | Omit<ClearMessage, "id">,
    signal: AbortSignal,
  ) =>
    ask<ImageToKernel, ImageFromKernel>(
      model,
      message,
      signal,
      (silent) => tell({ silent }),
      () => true,
    ).done;

  /** Do it until a newer wish ends it; what goes wrong stands in the view. */
  async function attempt(
    phase: Holding["phase"],
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const signal = renew();
    tell({ phase, fault: "", progress: 0, silent: false });
    try {
      await work(signal);
      if (!signal.aborted) tell({ phase: "", silent: false });
    } catch (error) {
      if (signal.aborted) return;
      tell({ phase: "", silent: false, fault: (error as Error).message });
    }
  }

  function hold(ready: Ready | null, original: Blob | null, edited: boolean): void {
    URL.revokeObjectURL(held.url);
    const url = ready ? URL.createObjectURL(ready.blob) : "";
    tell({ ready, url, original, edited, waits: false });
  }

  function bring(original: Blob, name: string, edit: Edit): Promise<void> {
    return attempt("reading", async (signal) => {
      if (original.size > MAX_FILE) {
        const size = Math.round(original.size / 1e6);
        throw new Error(`${name} has ${size} MB. Pictures of up to 60 MB can be taken from here.`);
      }
      const ready = await prepare(original, name, edit);
      if (signal.aborted) return;
      hold(ready, original, Boolean(edit.crop || edit.longest));
      const limits = model.get("limits");
      if (ready.blob.size >= (limits.max_bytes ?? Infinity)) {
        tell({ phase: "", waits: true });
        await say({ type: "hold", problem: complaint(limits, ready, ready.blob.size) }, signal);
        return;
      }
      tell({ phase: "sending" });
      await upload(model, ready, signal, (progress, silent) => tell({ progress, silent }));
    });
  }

  async function source(): Promise<Blob | null> {
    const { content_type, digest } = model.get("_shown");
    if (held.original && (held.waits || held.phase || !stale(held, digest))) return held.original;
    let blob: Blob | null = null;
    await attempt("fetching", async (signal) => {
      blob = await download(model, content_type ?? "", signal, (progress, silent) =>
        tell({ progress, silent }),
      );
    });
    return blob;
  }

  return {
    choose: (file, name) => bring(file, name, {}),
    async edit(edit, name) {
      const original = await source();
      if (original) await bring(original, name, edit);
    },
    source,
    link: (url) =>
      attempt("sending", async (signal) => {
        await say({ type: "link", url }, signal);
        hold(null, null, false);
      }),
    clear: () =>
      attempt("", async (signal) => {
        hold(null, null, false);
        await say({ type: "clear" }, signal);
      }),
    cancel() {
      const was = held.phase;
      renew();
      if (was !== "fetching") hold(null, null, false);
      tell({ phase: "", silent: false, fault: "" });
    },
  };
}

/** Whether the kernel holds another picture than the one made here. */
export const stale = ({ ready }: Holding, digest: string | undefined): boolean =>
  !ready || (ready.digest !== "" && ready.digest !== digest);
