// The kernel's clock, read from a browser whose own may be off by any amount.

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
