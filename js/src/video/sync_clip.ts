// One member: its clip, the picture in its tile, and the two ways of making one: a decoder that gives
// frame after frame, or a <video>.
import { h, on } from "../core/dom.ts";
import { messageOf } from "../core/format.ts";
import { type ClipSource, openClip } from "./clip_source.ts";
import { decodable, type FrameDecoder, frameDecoder } from "./frame_decoder.ts";
import type { Picture } from "./frame_scaler.ts";
import { type FrameTimes, frameTimes } from "./frame_times.ts";
import type { Member, Rect } from "./sync_types.ts";
import { BROKEN, type VideoElement, videoElement } from "./video_element.ts";

/** Bytes all members' pictures may take together. */
const MEMORY = 256 * 2 ** 20;
/** Full-size pictures each of them needs to play: what is ahead, and the first ones of the loop. */
const LEAST = 20;
const BEFORE_LAYOUT_WIDTH = 480;

/** What a clip needs to know of its group, and tells it. */
export interface ClipContext {
  /** How many share the memory. */
  sharing(): number;
  /** In device pixels; null for as wide as the tile. */
  detail(): number | null;
  /** The first frame of what is looped, by the clip's own count. */
  loopStart(clip: SyncClip): number;
  /** It arrived, failed or changed its size. */
  changed(clip: SyncClip): void;
  stalled(clip: SyncClip, waiting: boolean): void;
  /** The picture that is shown has been replaced by one in full size. */
  sharpened(): void;
  /** It came into sight or left it. */
  sighted(): void;
}

export interface SyncClip {
  member: Member;
  root: HTMLElement;
  /** Whether its picture is asked for. */
  requested: boolean;
  /** Whether its picture is on the screen, or near. */
  inSight: boolean;
  live: boolean;
  loading: boolean;
  /** Why it cannot be shown. */
  fault: string;
  /** Its frames; null until it is here. */
  timing: FrameTimes | null;
  /** Decodes frame by frame; null when only a <video> can play it. */
  decoder: FrameDecoder | null;
  video: VideoElement | null;
  /** The frame that is on the canvas; null while the <video> is shown. */
  drawn: number | null;
  /** Whether what is on the canvas is to be replaced by a finer picture of the same frame. */
  coarse: boolean;
  file: ClipSource | null;
  /** Take what is new of its member. */
  update(member: Member): void;
  /** Load it, unless that is done or under way. */
  open(): Promise<void>;
  /** The <video> with the clip in it; rejects with a message. */
  needVideo(): Promise<VideoElement>;
  /** Put the decoder's picture of a frame on the canvas. */
  draw(frame: number): void;
  /** Let the <video> be seen instead of the canvas. */
  showVideo(): void;
  /** Draw what is seen into `rect`, letterboxed; false while there is nothing, or it is forbidden. */
  drawInto(pen: CanvasRenderingContext2D, rect: Rect): boolean;
  /** Make the canvas as fine as its tile. */
  refit(): void;
  /** Give the decoder and the <video> back, but leave the picture standing. */
  rest(): void;
  close(): void;
}

export function syncClip(member: Member, context: ClipContext): SyncClip {
  const end = new AbortController();
  let resting = new AbortController();
  const poster = h("img", "poster", { alt: "", src: member.poster, hidden: !member.poster });
  const canvas = h("canvas", "", { hidden: true });
  // What it holds is written and read here, not on a GPU.
  const pen = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  const root = h("div", "picture", {}, poster, canvas);
  let opening: Promise<void> | null = null;
  let loadingVideo: Promise<VideoElement> | null = null;
  let onCanvas: Picture | null = null;
  const resized = new ResizeObserver(() => refit());
  resized.observe(root);
  // Sees what is scrolled away, in a hidden cell (also one that is only skipped) or in a hidden tab of
  // the notebook.
  const sight = new IntersectionObserver(
    (entries) => {
      const seen = entries.at(-1)?.isIntersecting ?? false;
      if (seen === clip.inSight) return;
      clip.inSight = seen;
      context.sighted();
    },
    { rootMargin: "200px" },
  );
  sight.observe(root);

  const clip: SyncClip = {
    member,
    root,
    requested: true,
    inSight: true,
    live: false,
    loading: false,
    fault: "",
    timing: null,
    decoder: null,
    video: null,
    drawn: null,
    coarse: false,
    file: null,
    update(next) {
      const { url, poster: src } = clip.member;
      clip.member = next;
      // What could not be had under one address may be had under another.
      if (next.url !== url) clip.fault = "";
      if (next.poster === src) return;
      poster.src = next.poster ?? "";
      poster.hidden = !next.poster || clip.drawn !== null || clip.video !== null;
    },
    open() {
      opening ??= load();
      return opening;
    },
    needVideo() {
      loadingVideo ??= loadVideo(resting.signal);
      return loadingVideo;
    },
    draw,
    showVideo() {
      clip.drawn = null;
      if (!clip.video) return;
      clip.video.element.hidden = false;
      canvas.hidden = poster.hidden = true;
    },
    drawInto(other, { x, y, width, height }) {
      const picture = canvas.hidden ? clip.video?.element : canvas;
      if (!picture || (picture !== canvas && !clip.file?.open)) return false;
      const [w, d] =
        picture instanceof HTMLVideoElement
          ? [picture.videoWidth, picture.videoHeight]
          : [picture.width, picture.height];
      if (!w || !d) return false;
      const scale = Math.min(width / w, height / d);
      const [left, top] = [x + (width - w * scale) / 2, y + (height - d * scale) / 2];
      other.drawImage(picture, left, top, w * scale, d * scale);
      return true;
    },
    refit,
    rest,
    close() {
      rest();
      end.abort();
      resized.disconnect();
      sight.disconnect();
      clip.file = clip.timing = clip.decoder = null;
      root.remove();
    },
  };

  async function load(): Promise<void> {
    const { signal } = resting;
    clip.loading = true;
    clip.fault = "";
    try {
      clip.file ??= await openClip(clip.member, end.signal);
      if (end.signal.aborted) return clip.file.release();
      const { track, bytes } = clip.file;
      clip.timing = track && frameTimes(track.times);
      const decodes = track && bytes && (await decodable(track));
      if (end.signal.aborted) return;
      if (decodes) startDecoder();
      else await startVideo();
    } catch (error) {
      if (end.signal.aborted) return;
      // It left the screen before it was loaded: that is no fault, it loads when it is back.
      if (signal.aborted) opening = null;
      else fail(error);
    }
    clip.loading = false;
    context.changed(clip);
  }

  function fail(error: unknown): void {
    clip.fault = messageOf(error);
    clip.timing = null;
    rest();
    opening = clip.file = null;
  }

  /** Without a decoder everything comes from the <video>. */
  async function startVideo(): Promise<void> {
    const video = await clip.needVideo();
    clip.timing ??= await video.measure();
    if (!clip.timing) throw new Error("The frame rate of this clip could not be read.");
    clip.showVideo();
  }

  function startDecoder(): void {
    const { track, bytes } = clip.file ?? {};
    if (!track || !bytes) return;
    clip.decoder = frameDecoder({
      track,
      bytes,
      memory: () => MEMORY / context.sharing(),
      pinned(frame) {
        const ahead = frame - context.loopStart(clip);
        return ahead >= 0 && ahead < LEAST / 2;
      },
      // It may be a finer picture of the frame that is shown.
      arrived() {
        if (clip.drawn === null) return;
        const before = clip.coarse;
        draw(clip.drawn);
        if (before && !clip.coarse) context.sharpened();
      },
      // What this decoder does not take, the browser's own player may.
      failed() {
        clip.decoder?.close();
        clip.decoder = null;
        const { signal } = resting;
        startVideo()
          .catch((error) => signal.aborted || fail(error))
          .finally(() => end.signal.aborted || context.changed(clip));
      },
    });
    size();
  }

  async function loadVideo(signal: AbortSignal): Promise<VideoElement> {
    end.signal.throwIfAborted();
    const { file } = clip;
    if (!file) throw new Error("The clip is not here yet.");
    const video = videoElement(signal, "", {
      stalled: (waiting) => context.stalled(clip, waiting),
    });
    const { element } = video;
    const good = await video.load(file.url(), file.open);
    signal.throwIfAborted();
    const unplayable = "This browser cannot play this clip. Download it to play elsewhere.";
    if (!good) throw new Error(file.lack || unplayable);
    if (!element.videoWidth) throw new Error("This clip has no pictures.");
    element.hidden = true;
    on(
      element,
      "error",
      () => {
        fail(new Error(BROKEN));
        context.changed(clip);
      },
      { signal },
    );
    clip.video = video;
    root.append(element);
    return video;
  }

  function draw(frame: number): void {
    const picture = clip.decoder?.picture(frame);
    if (!picture || !pen || (clip.drawn === frame && picture === onCanvas)) return;
    picture.draw(pen, canvas.width, canvas.height);
    clip.drawn = frame;
    clip.coarse = picture.width < canvas.width;
    onCanvas = picture;
    canvas.hidden = false;
    poster.hidden = true;
    if (clip.video) clip.video.element.hidden = true;
  }

  /** The size of a picture: that of its tile, but no finer than the clip or the memory allows. */
  function pictureSize(): [number, number] {
    const { track } = clip.file ?? {};
    if (!track) return [0, 0];
    const { clientWidth, clientHeight } = root;
    const tile = Math.min(clientWidth, (clientHeight * track.width) / track.height);
    const width = context.detail() ?? (tile || BEFORE_LAYOUT_WIDTH) * devicePixelRatio;
    const most = Math.sqrt(
      (MEMORY * track.width) / (track.height * 4 * LEAST * Math.max(1, context.sharing())),
    );
    const fine = Math.round(Math.min(width, most, track.width));
    return [fine, Math.max(1, Math.round((fine * track.height) / track.width))];
  }

  function refit(): void {
    const ratio = pictureSize()[0] / canvas.width;
    // Small changes of a layout are not worth decoding everything again.
    if (!clip.decoder || (ratio > 0.6 && ratio < 1.1)) return;
    size();
    context.changed(clip);
  }

  function size(): void {
    const [width, height] = pictureSize();
    const before = canvas.cloneNode() as HTMLCanvasElement;
    before.getContext("2d")?.drawImage(canvas, 0, 0);
    [canvas.width, canvas.height] = [width, height];
    if (!canvas.hidden) pen?.drawImage(before, 0, 0, width, height);
    clip.drawn = null;
    clip.decoder?.resize(width, height);
  }

  function rest(): void {
    clip.decoder?.close();
    const { video } = clip;
    if (video && !video.element.hidden) {
      const { videoWidth, videoHeight } = video.element;
      [canvas.width, canvas.height] = [videoWidth, videoHeight];
      pen?.drawImage(video.element, 0, 0);
      canvas.hidden = false;
    }
    video?.element.remove();
    resting.abort();
    resting = new AbortController();
    clip.file?.release();
    loadingVideo = clip.video = onCanvas = null;
  }

  on(poster, "error", () => {
    poster.hidden = true;
  });
  return clip;
}
