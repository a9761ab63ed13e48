// One member: its clip, the picture in its tile, and the two ways of making one, decoder and film.
import { h, on } from "../core/dom.ts";
import { type ClipSource, openClip } from "./clip_source.ts";
import { decodable, type FrameDecoder, frameDecoder } from "./frame_decoder.ts";
import type { Picture } from "./frame_scaler.ts";
import { type FrameTimes, frameTimes } from "./frame_times.ts";
import type { Member } from "./sync_types.ts";
import { type VideoElement, videoElement } from "./video_element.ts";

/** Bytes all members' pictures may take together. */
const MEMORY = 256 * 2 ** 20;
/** Full-size pictures each of them needs to play: what is ahead, and the first ones of the loop. */
const LEAST = 20;
const BEFORE_LAYOUT_WIDTH = 480;

/** What a part needs to know of the whole, and tells it. */
export interface GroupContext {
  /** How many share the memory. */
  sharing(): number;
  /** In device pixels; null for as wide as the tile. */
  detail(): number | null;
  /** The first frame of what is looped, by the part's own count. */
  loopStart(part: SyncClip): number;
  /** Something arrived, failed or changed its size. */
  changed(part: SyncClip): void;
  stalled(part: SyncClip, waiting: boolean): void;
}

export interface SyncClip {
  member: Member;
  root: HTMLElement;
  visible: boolean;
  live: boolean;
  loading: boolean;
  /** Why it cannot be shown. */
  fault: string;
  /** Its frames; null until it is here. */
  timing: FrameTimes | null;
  /** Decodes frame by frame; null when only a <video> can play it. */
  decoder: FrameDecoder | null;
  film: VideoElement | null;
  /** The frame that is on the canvas; null while the <video> is shown. */
  drawn: number | null;
  /** Load it, unless that is done or under way. */
  open(): Promise<void>;
  /** The <video> with the clip in it; rejects in words. */
  needFilm(): Promise<VideoElement>;
  /** Put the decoder's picture of a frame on the canvas. */
  draw(frame: number): void;
  /** Let the <video> be seen instead of the canvas. */
  showFilm(): void;
  /** What is seen now and may be drawn elsewhere. */
  source(): HTMLCanvasElement | HTMLVideoElement | null;
  /** Make the canvas as fine as its tile. */
  refit(): void;
  /** Give the decoder and the <video> back, but leave the picture standing. */
  rest(): void;
  close(): void;
  file: ClipSource | null;
}

export function syncClip(member: Member, whole: GroupContext): SyncClip {
  const end = new AbortController();
  let resting = new AbortController();
  const poster = h("img", "poster", { alt: "", src: member.poster, hidden: !member.poster });
  const canvas = h("canvas", "", { hidden: true });
  // What it holds is written and read here, not on a GPU.
  const pen = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  const root = h("div", "picture", {}, poster, canvas);
  let opening: Promise<void> | null = null;
  let filming: Promise<VideoElement> | null = null;
  let drawn: Picture | undefined;
  const observer = new ResizeObserver(() => refit());
  observer.observe(root);

  const made: SyncClip = {
    member,
    root,
    visible: true,
    live: false,
    loading: false,
    fault: "",
    timing: null,
    decoder: null,
    film: null,
    drawn: null,
    file: null,
    open() {
      opening ??= load();
      return opening;
    },
    needFilm() {
      filming ??= loadFilm();
      return filming;
    },
    draw,
    showFilm() {
      const { film } = made;
      if (!film) return;
      made.drawn = null;
      film.video.hidden = false;
      canvas.hidden = poster.hidden = true;
    },
    source() {
      if (!canvas.hidden) return canvas;
      const { film, file } = made;
      return film && file?.open && film.video.videoWidth ? film.video : null;
    },
    refit,
    rest,
    close() {
      rest();
      end.abort();
      observer.disconnect();
      made.file?.release();
      root.remove();
    },
  };

  async function load(): Promise<void> {
    made.loading = true;
    made.fault = "";
    try {
      const file = await openClip(made.member, end.signal);
      if (end.signal.aborted) return file.release();
      made.file = file;
      const { track, bytes } = file;
      made.timing = track && frameTimes(track.times);
      if (track && bytes && (await decodable(track))) wind();
      else await filmed();
    } catch (error) {
      if (end.signal.aborted) return;
      fail(error);
    }
    made.loading = false;
    whole.changed(made);
  }

  function fail(error: unknown): void {
    made.fault = (error as Error).message;
    made.timing = null;
    opening = filming = null;
  }

  /** Without a decoder everything comes from the <video>. */
  async function filmed(): Promise<void> {
    const film = await made.needFilm();
    made.timing ??= await film.measure();
    if (!made.timing) throw new Error("This clip's frames could not be counted.");
    made.showFilm();
  }

  function wind(): void {
    const { track, bytes } = made.file ?? {};
    if (!track || !bytes) return;
    made.decoder = frameDecoder({
      track,
      bytes,
      memory: () => MEMORY / whole.sharing(),
      pinned(frame) {
        const ahead = frame - whole.loopStart(made);
        return ahead >= 0 && ahead < LEAST / 2;
      },
      // It may be a finer picture of the frame that is shown.
      arrived() {
        if (made.drawn !== null) draw(made.drawn);
      },
      // What this decoder does not take, the browser's own player may.
      failed() {
        made.decoder?.close();
        made.decoder = null;
        filmed()
          .catch(fail)
          .finally(() => whole.changed(made));
      },
    });
    size();
  }

  async function loadFilm(): Promise<VideoElement> {
    const { file } = made;
    if (!file) throw new Error("The clip is not here yet.");
    const fresh = videoElement(resting.signal, (waiting) => whole.stalled(made, waiting));
    const { video } = fresh;
    const good = await fresh.load(file.url(), file.open);
    const unplayable = "This browser cannot play this clip. Download it to play elsewhere.";
    if (!good) throw new Error(file.lack || unplayable);
    if (!video.videoWidth) throw new Error("This clip has no pictures.");
    video.hidden = true;
    made.film = fresh;
    root.append(video);
    return fresh;
  }

  function draw(frame: number): void {
    const picture = made.decoder?.picture(frame);
    if (!picture || !pen || (made.drawn === frame && picture === drawn)) return;
    picture.draw(pen, canvas.width, canvas.height);
    made.drawn = frame;
    drawn = picture;
    canvas.hidden = false;
    poster.hidden = true;
    if (made.film) made.film.video.hidden = true;
  }

  /** The size of a picture: that of its tile, but no finer than the clip or the memory allows. */
  function wanted(): [number, number] {
    const { track } = made.file ?? {};
    if (!track) return [0, 0];
    const { clientWidth, clientHeight } = root;
    const tile = Math.min(clientWidth, (clientHeight * track.width) / track.height);
    const width = whole.detail() ?? (tile || BEFORE_LAYOUT_WIDTH) * devicePixelRatio;
    const most = Math.sqrt(
      (MEMORY * track.width) / (track.height * 4 * LEAST * Math.max(1, whole.sharing())),
    );
    const fine = Math.round(Math.min(width, most, track.width));
    return [fine, Math.max(1, Math.round((fine * track.height) / track.width))];
  }

  function refit(): void {
    const ratio = wanted()[0] / canvas.width;
    // Small changes of a layout are not worth decoding everything again.
    if (!made.decoder || (ratio > 0.6 && ratio < 1.1)) return;
    size();
    whole.changed(made);
  }

  function size(): void {
    const [width, height] = wanted();
    const before = canvas.cloneNode() as HTMLCanvasElement;
    before.getContext("2d")?.drawImage(canvas, 0, 0);
    [canvas.width, canvas.height] = [width, height];
    if (!canvas.hidden) pen?.drawImage(before, 0, 0, width, height);
    made.drawn = null;
    made.decoder?.resize(width, height);
  }

  function rest(): void {
    made.decoder?.close();
    const { film } = made;
    if (film && !film.video.hidden) {
      const { videoWidth, videoHeight } = film.video;
      [canvas.width, canvas.height] = [videoWidth, videoHeight];
      pen?.drawImage(film.video, 0, 0);
      canvas.hidden = false;
    }
    film?.video.remove();
    resting.abort();
    resting = new AbortController();
    filming = made.film = null;
  }

  on(poster, "error", () => {
    poster.hidden = true;
  });
  return made;
}
