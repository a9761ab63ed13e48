// Films (<video>) that play together between barriers: started at once, watched, brought together.
import type { Motion } from "./motion.ts";
import type { Part } from "./part.ts";

/** Films further apart than this, in frames, are brought together; and how often at most, in ms. */
const APART = 1;
const TOGETHER_EVERY = 2000;

/** What films need to know of the ensemble, and have it do. */
export interface Whole {
  live(): Part[];
  /** Seconds. */
  duration(): number;
  end(): number;
  frameLength(): number;
  /** A member's own time. */
  local(each: Part, time: number): number;
  /** Frames between the first and the last of them. */
  apart(): number | null;
  go(time: number): Promise<void>;
  stop(): void;
  wait(late: Part[]): void;
  refresh(): void;
}

export interface Films {
  /** Start all of them at once. */
  roll(): void;
  /** Keep up with them; called once a tick. */
  follow(): void;
  /** Have the member that is heard run a film beside its reel. */
  sound(): void;
}

/** @param stalled those that wait for data. */
export function films(motion: Motion, stalled: Set<Part>, whole: Whole): Films {
  /** When they were last brought together, in ms. */
  let mended = 0;

  function roll(): void {
    for (const each of whole.live()) {
      if (each.film) each.film.video.muted = each.member.key !== motion.heard;
      start(each);
    }
  }

  function start(each: Part): void {
    const { film, timing } = each;
    const at = whole.local(each, motion.now);
    if (!film || !timing || at < 0 || at >= timing.duration - whole.frameLength() / 4) return;
    // Only those that are over before the rest go round by themselves.
    const early = timing.duration - each.member.offset < whole.duration() - whole.frameLength() / 2;
    film.video.loop = motion.lengths === "loop" && early;
    film.play(motion.speed);
  }

  function follow(): void {
    // One that goes round by itself says nothing of the whole.
    const running = whole
      .live()
      .filter(({ film }) => film && !film.video.paused && !film.video.loop);
    const clocks = running
      .map(({ film, member }) => (film?.video.currentTime ?? 0) - member.offset)
      .sort((a, b) => a - b);
    const time = clocks[clocks.length >> 1] ?? whole.end();
    if (stalled.size) {
      hold();
      return;
    }
    motion.now = Math.max(motion.now, time);
    // The last frame is seen before everyone turns round.
    if (motion.now >= whole.end() - 0.005) {
      if (!motion.looping) whole.stop();
      else void whole.go(motion.from);
    } else {
      for (const each of whole.live()) if (each.film?.video.paused) start(each);
      mend();
    }
    whole.refresh();
  }

  /** Someone waits for data: so do all. */
  function hold(): void {
    for (const each of whole.live()) if (!stalled.has(each)) each.film?.video.pause();
    whole.wait([...stalled]);
  }

  function mend(): void {
    const at = performance.now();
    if (at - mended < TOGETHER_EVERY || (whole.apart() ?? 0) <= APART) return;
    mended = at;
    void whole.go(motion.now);
  }

  function sound(): void {
    const each = whole.live().find(({ member }) => member.key === motion.heard);
    if (!each?.reel) return;
    const video = each.film?.video;
    if (!video) {
      each.needFilm().catch(() => {});
      return;
    }
    const at = whole.local(each, motion.now);
    if (Math.abs(video.currentTime - at) > 0.12 && !video.seeking) video.currentTime = at;
    video.muted = false;
    if (video.paused && at < video.duration) each.film?.play(motion.speed);
  }

  return { roll, follow, sound };
}
