// What a run will probably cost, as wiro_widgets' Price.estimate says it; here too, so that the
// price follows the toggles while the kernel is busy. tests/cases/prices.json tests both.
// Amounts are whole numbers of 10^-18 USD, so that 0.1 + 0.2 is 0.3.
import { SECONDS_FIELDS } from "../../core/format.ts";
import type { Values } from "../../core/synced_values.ts";
import { asNumber, asText } from "../../form/validation.ts";
import type { PriceList, PriceRow } from "../../protocol/inputs.ts";

export interface Estimate {
  low: bigint;
  high: bigint;
  /** Whether it is only what runs of this model cost on average. */
  average?: boolean;
}

const PLACES = 18;
const ONE = 10n ** BigInt(PLACES);
/** Cents, and two places more for what is cheaper than a cent. */
const SHOWN_PLACES = 4;
const TIER_PIXELS = 1024 * 1024;
const COUNT_FIELD = /(?:num|max|count).*(?:image|output|video|sample)|^samples$/i;
const QUANTITY = /^QUANTITY:(\d+)$/i;
const DECIMAL = /^(\d+)(?:\.(\d*))?$/;

/** What a run with these values will cost; null, never zero, when that is not known. */
export function estimate({ rows, average }: PriceList, values: Values): Estimate | null {
  const known = Object.fromEntries(Object.entries(values).filter(([, value]) => value != null));
  const possible = rows.filter((row) => mayApply(row, known));
  const special = possible.filter(({ inputs }) => Object.keys(inputs).length);
  const sure = special.some(({ inputs }) => Object.keys(inputs).every((name) => name in known));
  const costs = (sure ? special : possible).map((row) => cost(row, known));
  const told = costs.filter((each) => each !== null);
  if (told.length && told.length === costs.length) {
    const least = (a: bigint, b: bigint) => (a < b ? a : b);
    const most = (a: bigint, b: bigint) => (a > b ? a : b);
    return {
      low: told.map(({ low }) => low).reduce(least),
      high: told.map(({ high }) => high).reduce(most),
    };
  }
  const mean = amount(average ?? "");
  return mean ? { low: mean, high: mean, average: true } : null;
}

/** "$0.19", "$0.19 to $0.33", "about $0.19" or "price unknown", for a number of runs. */
export function priceWords(each: Estimate | null, runs = 1): string {
  if (!each) return "price unknown";
  const [low, high] = [dollars(each.low * BigInt(runs)), dollars(each.high * BigInt(runs))];
  const text = low === high ? low : `${low} to ${high}`;
  return each.average ? `about ${text}` : text;
}

/** "$0.19", "$1,200.00", "$0.0035". */
export function dollars(sum: bigint): string {
  const unit = 10n ** BigInt(PLACES - SHOWN_PLACES);
  const rounded = (sum + unit / 2n) / unit;
  // A price above zero is never written as zero.
  const digits = String(sum && !rounded ? 1 : rounded).padStart(SHOWN_PLACES + 1, "0");
  const whole = Number(digits.slice(0, -SHOWN_PLACES)).toLocaleString("en");
  return `$${whole}.${digits.slice(-SHOWN_PLACES).replace(/0{1,2}$/, "")}`;
}

/** Decimal text as an amount; null when it is not a number, or below zero. */
function amount(text: string): bigint | null {
  const [, whole, part = ""] = DECIMAL.exec(text) ?? [];
  return whole === undefined ? null : BigInt(whole + part.slice(0, PLACES).padEnd(PLACES, "0"));
}

const mayApply = ({ inputs }: PriceRow, known: Values): boolean =>
  Object.entries(inputs).every(
    ([name, wanted]) => !(name in known) || matches(known[name], wanted),
  );

function matches(value: unknown, wanted: string): boolean {
  const count = QUANTITY.exec(wanted)?.[1];
  if (count) return (Array.isArray(value) ? value.length : value ? 1 : 0) === Number(count);
  return asText(value).trim().toLowerCase() === wanted.trim().toLowerCase();
}

/** Least and most this row can charge; null when that depends on what is not known yet. */
function cost(row: PriceRow, known: Values): Estimate | null {
  const price = amount(row.price);
  // A price of zero means that the list does not know: no model runs for free.
  if (!price) return null;
  const exactly = (sum: bigint | null) => (sum ? { low: sum, high: sum } : null);
  switch (row.method) {
    case "cpr":
      return exactly(price);
    case "cpo":
      return { low: price, high: price * BigInt(outputs(known)) };
    case "cp-promptlength":
      return exactly(typeof known.prompt === "string" ? price * length(known.prompt) : null);
    case "cp-outputVideoLength":
      return exactly(secondsTimes(price, known));
    case "cp-pixel":
      return exactly(pixels(row, price, known));
    default:
      return null;
  }
}

/** Unicode characters, as Python counts them. */
const length = (text: string): bigint => BigInt([...text].length);

const outputs = (known: Values): number =>
  Math.max(
    1,
    ...Object.entries(known).map(([name, value]) =>
      COUNT_FIELD.test(name) ? Math.trunc(numberOf(value) ?? 1) : 1,
    ),
  );

function secondsTimes(price: bigint, known: Values): bigint | null {
  const seconds = SECONDS_FIELDS.map((name) => numberOf(known[name])).find(Boolean);
  const exact = seconds ? amount(String(seconds)) : null;
  return exact && (price * exact) / ONE;
}

function pixels(row: PriceRow, price: bigint, known: Values): bigint | null {
  const [width, height] = [numberOf(known.width), numberOf(known.height)];
  if (!width || !height || width < 0 || height < 0) return null;
  // Pictures cost by their own pixels, which are not known here.
  if (row.per_input && Object.values(known).some((value) => Array.isArray(value) && value.length)) {
    return null;
  }
  const tiers = Math.ceil((width * height) / TIER_PIXELS);
  return price + (amount(row.extra) ?? 0n) * BigInt(tiers - 1);
}

const numberOf = (value: unknown): number | null => asNumber(asText(value));
