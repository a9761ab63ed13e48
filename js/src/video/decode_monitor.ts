// Whether this machine decodes as fast as it plays.

/** Seconds of playing that are judged together. */
const WINDOW = 2;
/** The part of them that has to be shown. */
const ENOUGH = 0.85;

export interface DecodeMonitor {
  /** So many seconds passed, and so many were shown. */
  count(passed: number, shown: number): void;
  /** Twice in a row it did not keep up. */
  slow(): boolean;
  forget(): void;
}

export function decodeMonitor(): DecodeMonitor {
  let [passed, shown, misses] = [0, 0, 0];
  return {
    count(wall, seen) {
      passed += wall;
      shown += seen;
      if (passed < WINDOW) return;
      misses = shown < passed * ENOUGH ? misses + 1 : 0;
      passed = shown = 0;
    },
    slow: () => misses > 1,
    forget() {
      passed = shown = misses = 0;
    },
  };
}
