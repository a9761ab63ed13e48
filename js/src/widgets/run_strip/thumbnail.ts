// One run as a small picture: what it shows, what differs from the run before, and a box to tick.
import { button, h, objectUrl, on, setAttributes, setText } from "../../core/dom.ts";
import type { Kernel } from "../../core/model.ts";
import { download } from "../../core/transfer.ts";
import type { StripTile } from "../../protocol/grid_studio.ts";
import type { RunStatus } from "../../protocol/runs.ts";
import { type Difference, differenceOf } from "./difference.ts";

export interface ThumbnailState {
  tile: StripTile;
  /** The run before it; undefined for the oldest. */
  older: StripTile | undefined;
  /** A `data:` URL; null while there is none. */
  picture: string | null;
  ticked: boolean;
  current: boolean;
}

export interface Thumbnail {
  element: HTMLElement;
  show(state: ThumbnailState): void;
  /** It is gone for good. */
  close(): void;
}

/** Frames side by side in a film; `FILM_STRIP_FRAMES` of the kernel. */
const FRAMES = 8;
const REST_MS = 600;
const FRAME_MS = 300;

const WORDS: Record<RunStatus, string> = {
  queued: "waiting",
  sending: "sending",
  unknown: "unknown",
  running: "running…",
  downloading: "fetching…",
  succeeded: "",
  failed: "failed",
  cancelled: "stopped",
  refused: "refused",
};

/**
 * @param tick called with the key of the run and whether it is ticked now.
 * @param open called with the key of the run that was pressed.
 * @param offer called to open the menu of the run beside its button.
 */
export function thumbnail(
  model: Kernel,
  key: string,
  signal: AbortSignal,
  tick: (key: string, ticked: boolean) => void,
  open: (key: string) => void,
  offer: (tile: StripTile, opener: HTMLElement) => void,
): Thumbnail {
  const closed = new AbortController();
  const box = h("input", "", { type: "checkbox" });
  const picture = h("img", "picture", { alt: "", hidden: true });
  const scrub = h("span", "film", { hidden: true });
  const word = h("span", "word");
  const face = button("thumb-button", "", () => open(key));
  const name = h("strong", "");
  const price = h("span", "price");
  const more = button("more", "⋯", () => shown && offer(shown, more));
  const difference = h("span", "difference");
  face.append(picture, scrub, word);
  on(box, "change", () => tick(key, box.checked));
  on(signal, "abort", close, { signal: closed.signal });
  const element = h(
    "li",
    "thumb",
    {},
    face,
    h("label", "tick", {}, box),
    more,
    h("span", "caption", {}, name, price),
    difference,
  );
  /** The frames side by side: not asked for, on their way, or here. */
  let film: "" | "coming" | string = "";
  let hasFilm = false;
  let frame = 0;
  let over = false;
  let shown: StripTile | null = null;
  let resting: ReturnType<typeof setTimeout> | undefined;

  async function fetchFilm(): Promise<void> {
    film = "coming";
    try {
      const type = { content_type: "image/jpeg" };
      const blob = await download(model, type, closed.signal, key);
      if (closed.signal.aborted) return;
      film = objectUrl(blob);
      scrub.style.backgroundImage = `url(${film})`;
      if (over) scrubTo(frame);
    } catch {
      // The picture stays; the next time it is asked for again.
      film = "";
    }
  }

  function scrubTo(wanted: number): void {
    if (!hasFilm) return;
    frame = Math.max(0, Math.min(FRAMES - 1, wanted));
    over = true;
    if (!film) void fetchFilm();
    if (!film.startsWith("blob:")) return;
    scrub.style.backgroundPosition = `${(100 * frame) / (FRAMES - 1)}% 0`;
    scrub.hidden = false;
  }

  /** Play once the pointer rests; what a person moves goes before. */
  function playSoon(): void {
    clearTimeout(resting);
    if (!hasFilm || matchMedia("(prefers-reduced-motion)").matches) return;
    const go = () => {
      scrubTo((frame + 1) % FRAMES);
      resting = setTimeout(go, FRAME_MS);
    };
    resting = setTimeout(go, REST_MS);
  }

  function leave(): void {
    clearTimeout(resting);
    over = false;
    scrub.hidden = true;
  }

  on<PointerEvent>(face, "pointermove", ({ pointerType, clientX }) => {
    if (pointerType === "touch") return;
    const { left, width } = face.getBoundingClientRect();
    scrubTo(Math.floor((FRAMES * (clientX - left)) / width));
    playSoon();
  });
  on(face, "pointerleave blur", leave);
  on<KeyboardEvent>(face, "keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || !hasFilm) return;
    event.preventDefault();
    scrubTo(over ? frame + by : 0);
  });

  function close(): void {
    closed.abort();
    clearTimeout(resting);
    if (film.startsWith("blob:")) URL.revokeObjectURL(film);
    film = "";
  }

  function show({ tile, older, picture: source, ticked, current }: ThumbnailState): void {
    const { over: ended, problem, status, prompt } = tile;
    // Of a run that goes on, a problem is not the last word.
    const state =
      (ended && problem) || (ended && status === "downloading" ? "no clip" : WORDS[status]);
    const differs = differenceOf(tile, older);
    hasFilm = tile.has_film;
    shown = tile;
    box.checked = ticked;
    setAttributes(box, { "aria-label": `Compare ${tile.name}` });
    setAttributes(element, { "data-status": status, "data-ticked": ticked });
    if (source && picture.src !== source) picture.src = source;
    picture.hidden = !source;
    setText(word, (ended && problem ? `✕ ${problem}` : state) || (source ? "" : prompt));
    setAttributes(face, {
      "aria-label": labelOf(tile, state.replace("…", ""), differs, older),
      "aria-current": current,
      title: prompt,
    });
    setAttributes(more, { "aria-label": `Actions for ${tile.name}`, title: "Actions" });
    setText(name, tile.name + (tile.starred ? " ♥" : "") + (tile.rating ? ` ★${tile.rating}` : ""));
    setText(price, tile.price);
    showDifference(difference, differs, older);
  }

  return { element, show, close };
}

function labelOf(
  { name, price, prompt, starred, rating }: StripTile,
  state: string,
  differs: Difference,
  older: StripTile | undefined,
): string {
  const judged = [starred && "favourite", rating && `${rating} of 5 stars`];
  const words = [name, state, price, ...judged, comparedWith(differs, older), prompt];
  return words.filter(Boolean).join(". ");
}

/** "Compared with Run 4: without at dawn"; "" for the oldest. */
function comparedWith({ text, change }: Difference, older: StripTile | undefined): string {
  return older
    ? `Compared with ${older.name}: ${change === "removed" ? "without " : ""}${text}`
    : "";
}

function showDifference(
  line: HTMLElement,
  differs: Difference,
  older: StripTile | undefined,
): void {
  const { text, change } = differs;
  line.title = comparedWith(differs, older) || text;
  if (line.dataset.shown === change + text) return;
  line.dataset.shown = change + text;
  const tag = { added: "ins", removed: "del", same: "span" } as const;
  line.replaceChildren(h(tag[change], change, {}, text));
}
