// Takes all clips of a group to one moment: nobody shows a new frame until everyone has theirs.

import type { SyncClip } from "./sync_clip.ts";

export interface BarrierContext {
  live(): SyncClip[];
  /** Whether the clip is played by its <video>. */
  onVideo(clip: SyncClip): boolean;
  /** The frame that a clip shows at a time of the group. */
  frameOf(clip: SyncClip, time: number): number;
  /** The frames to decode for a time, the most urgent first. */
  framesAround(clip: SyncClip, time: number): number[];
  /** These are not there yet, `since` a time in ms. */
  wait(late: SyncClip[], since: number): void;
  /** All show their frames of that time. */
  arrived(time: number): void;
}

export interface SyncBarrier {
  /** Resolves when every clip shows its frame of that time; the newest call wins. */
  goTo(time: number): Promise<void>;
  /** The clips have changed while all were on their way. */
  restart(): void;
  /** Whether everyone is there by now; called once per animation frame. */
  check(): void;
  /** Where all will be when it is over; null while nobody is on the way. */
  target(): number | null;
}

interface Target {
  time: number;
  since: number;
  /** Those whose <video> was sent there. */
  sent: Set<SyncClip>;
  /** Those whose <video> has presented its frame. */
  presented: Set<SyncClip>;
  done: (() => void)[];
}

export function syncBarrier(context: BarrierContext): SyncBarrier {
  let current: Target | null = null;
  let next: Target | null = null;

  function depart(target: Target): void {
    current = target;
    for (const clip of context.live()) {
      clip.video?.element.pause();
      if (!context.onVideo(clip)) decode(clip, target);
      else if (!target.sent.has(clip)) void seekVideo(clip, target);
    }
    if (!context.live().length) check();
  }

  const decode = (clip: SyncClip, { time }: Target) =>
    clip.decoder?.decode(context.framesAround(clip, time));

  async function seekVideo(clip: SyncClip, target: Target): Promise<void> {
    target.sent.add(clip);
    try {
      const video = await clip.needVideo();
      const frame = context.frameOf(clip, target.time);
      if (clip.timing) await video.seek(clip.timing.middle(frame), clip.timing.begin(frame));
    } catch {
      // The clip says itself what is the matter.
    }
    // One that was put to rest meanwhile is sent again when it is back.
    if (clip.live) target.presented.add(clip);
    else target.sent.delete(clip);
  }

  function check(): void {
    const target = current;
    if (!target) return;
    const { time, presented, since, done } = target;
    const live = context.live();
    const away = live.filter((clip) => context.onVideo(clip) && !presented.has(clip));
    const undecoded = live.filter(
      (clip) => !context.onVideo(clip) && !clip.decoder?.picture(context.frameOf(clip, time)),
    );
    if (away.length || undecoded.length) {
      // A browser may have taken a decoder back since.
      for (const clip of undecoded) decode(clip, target);
      context.wait([...away, ...undecoded], since);
      return;
    }
    current = next;
    next = null;
    for (const clip of live) {
      if (context.onVideo(clip)) clip.showVideo();
      else clip.draw(context.frameOf(clip, time));
    }
    context.arrived(time);
    for (const resolve of done) resolve();
    if (current) depart(current);
  }

  return {
    check,
    goTo(time) {
      const target: Target = {
        time,
        since: performance.now(),
        sent: new Set(),
        presented: new Set(),
        done: [],
      };
      const over = new Promise<void>((resolve) => target.done.push(resolve));
      // One at a time: each is seen, and none is given up half-way when they come fast.
      if (current) {
        target.done.push(...(next?.done ?? []));
        next = target;
      } else depart(target);
      return over;
    },
    restart() {
      if (current) depart(current);
    },
    target: () => (next ?? current)?.time ?? null,
  };
}
