// The button that spends money on the wire. The Python twin is
// wiro_widgets/widgets/protocol/run_button.py; tests/widgets/test_protocol.py holds the two
// languages against each other.
import type { ErrorMessage, OkMessage } from "./run.ts";

export interface PriceRow {
  /** The values this row is for, as text; empty for all. */
  inputs: Record<string, string>;
  /** USD as plain decimal text, as is `extra`. */
  price: string;
  /** The billing method, e.g. `cpr`. */
  method: string;
  /** For each further tier of pixels. */
  extra: string;
  /** Whether each picture that is sent costs something too. */
  per_input: boolean;
}

export interface PriceList {
  rows: PriceRow[];
  /** The service's own average in USD; null when it states none. */
  average: string | null;
}

// Browser to kernel.

export interface RunMessage {
  id: string;
  type: "run";
  /** What is to be run: as it stood on the screen when the button was pressed. */
  values: Record<string, unknown>;
  prompt: string;
}

export interface OpenSweepMessage {
  id: string;
  type: "sweep";
  values: Record<string, unknown>;
  prompt: string;
}

export type ButtonToKernel = RunMessage | OpenSweepMessage;
export type ButtonFromKernel = OkMessage | ErrorMessage;
