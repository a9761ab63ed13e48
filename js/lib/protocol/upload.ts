// A file on its way from the browser, in pieces small enough for every host. The Python twin is
// wiro_widgets/widgets/protocol/upload.py.

// Browser to kernel.

export interface BeginMessage {
  id: string;
  /** A file follows in pieces. */
  type: "begin";
  name: string;
  size: number;
  /** What a person did to it, in words. */
  notes: string[];
}

export interface PieceMessage {
  id: string;
  /** With one buffer. At most three are under way. */
  type: "piece";
  offset: number;
}

export interface CancelMessage {
  id: string;
  type: "cancel";
}

// Kernel to browser.

export interface TakenMessage {
  id: string;
  /** Everything before `offset` is there. */
  type: "taken";
  offset: number;
}
