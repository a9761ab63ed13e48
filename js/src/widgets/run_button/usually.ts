// "usually 3 to 4 min": how long such runs have taken, as one would say it.

const MINUTE = 60;
/** Under this, seconds; in steps, because nobody waits 43 s. */
const IN_SECONDS = 90;
const STEP = 5;

/** "" when nobody knows. */
export function usualTime(span: [from: number, to: number] | null): string {
  if (!span) return "";
  const [from, to] = span;
  const inSeconds = to < IN_SECONDS;
  const round = (seconds: number) =>
    inSeconds
      ? Math.max(STEP, Math.round(seconds / STEP) * STEP)
      : Math.max(1, Math.round(seconds / MINUTE));
  const unit = inSeconds ? "s" : "min";
  const [low, high] = [round(from), round(to)];
  return low === high ? `usually about ${low} ${unit}` : `usually ${low} to ${high} ${unit}`;
}
