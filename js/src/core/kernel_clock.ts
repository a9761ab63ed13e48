// Elapsed time by the kernel's clock, whatever this browser's clock says.

/** The kernel's clock, read from a browser whose own may be off by any amount. */
export interface KernelClock {
  /** Learn from a snapshot that just arrived, stamped `kernel` (unix seconds). */
  learn(kernel: number): void;
  /** The kernel's unix time in seconds. */
  now(): number;
}

/** @param browser the browser's unix time in seconds. */
export function kernelClock(browser = () => Date.now() / 1000): KernelClock {
  /** Browser minus kernel. A message may be late but never early, so the least seen is the best. */
  let skew = Number.POSITIVE_INFINITY;
  return {
    learn(kernel) {
      skew = Math.min(skew, browser() - kernel);
    },
    now: () => browser() - (skew === Number.POSITIVE_INFINITY ? 0 : skew),
  };
}

/** 72 -> "1:12", 3912 -> "1:05:12". */
export function elapsed(seconds: number): string {
  // Differences of unix times are off by less than a millisecond, which must not cost a second.
  const whole = Math.max(0, Math.floor(seconds + 0.001));
  const pad = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

/** As `elapsed`, but "0.4 s" below ten seconds: a stage may be over before the first has passed. */
export const durationWords = (seconds: number): string =>
  seconds < 9.95 ? `${Math.max(0, seconds).toFixed(1)} s` : elapsed(seconds);

/** Unix seconds -> "14:03:12" by the reader's own time zone. */
export function clockTime(at: number): string {
  return new Date(at * 1000).toLocaleTimeString(undefined, { hour12: false });
}
