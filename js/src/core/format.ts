// Times, counts and errors as text.

/** "1 run", "2 runs". */
export const countOf = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;

/** 5 -> "05". */
export const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** 72 -> "1:12", 3912 -> "1:05:12". */
export function elapsed(seconds: number): string {
  // Differences of unix times are off by less than a millisecond, which must not cost a second.
  const whole = Math.max(0, Math.floor(seconds + 0.001));
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const end = twoDigits(rest);
  return hours ? `${hours}:${twoDigits(minutes)}:${end}` : `${minutes}:${end}`;
}

/** As `elapsed`, but "0.4 s" below ten seconds: a stage may be over before the first has passed. */
export const durationWords = (seconds: number): string =>
  seconds < 9.95 ? `${Math.max(0, seconds).toFixed(1)} s` : elapsed(seconds);

/** Unix seconds -> "14:03:12" by the reader's own time zone. */
export function clockTime(at: number): string {
  return new Date(at * 1000).toLocaleTimeString(undefined, { hour12: false });
}

/** "promptOptimizer" -> "Prompt optimizer": what people call a setting. */
export function settingName(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Choices of many settings: alone they don't say of which. */
const NAMELESS = /^(on|off|none|auto)$/i;

/** "768P", "6 s", "Prompt optimizer on": as wiro_widgets/schema/wording.py, and tested with it. */
export function settingWords(name: string, value: string): string {
  const state = { true: "on", false: "off" }[value.toLowerCase()];
  if (SECONDS_FIELDS.includes(name)) return `${value} s`;
  return /[A-Za-z]/.test(value) && !state && !NAMELESS.test(value)
    ? value
    : `${settingName(name)} ${state ?? value}`;
}

/** Settings that are a number of seconds, whatever the model calls them. */
export const SECONDS_FIELDS = ["duration", "seconds", "durationSeconds", "videoSeconds"];

const MINUTE = 60;
/** Below this in seconds, rounded to steps: "43 s" would promise too much. */
const IN_SECONDS = 90;
const STEP = 5;

/** "Usually 3 to 4 min": how long such runs have taken; "" when that is not known. */
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
  return low === high ? `Usually about ${low} ${unit}` : `Usually ${low} to ${high} ${unit}`;
}

/** What went wrong, in the words of whoever threw it. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
