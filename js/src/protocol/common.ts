// Made from the Python side by tests/widgets/typescript.py; change it there.

/** Browser to kernel. */
export interface Request {
  /** Chosen by the browser; the replies carry it. */
  id: string;
}

/** Kernel to browser. */
export interface Reply {
  /** Of the request that it answers. */
  id: string;
}

/** Kernel to browser, unasked: what is new in the widget's `_live` trait. */
export interface Change {
  /** One more than that of `_live` before; if it is not, ask with `ResendMessage`. */
  revision: number;
}

/** Done. */
export interface OkMessage extends Reply {
  type: "ok";
}

/** Why not, for people to read. */
export interface ErrorMessage extends Reply {
  type: "error";
  message: string;
}

/**
 * The host gives no access to the kernel's front end: send its code.
 *
 * Answered by `CodeMessage`.
 */
export interface FrontEndMessage extends Request {
  type: "front_end";
}

/** Comes with one binary buffer: the front end's module. */
export interface CodeMessage extends Reply {
  type: "code";
}

/** A `Change` was missed. Answered by `_live` as a whole, and by nothing else. */
export interface ResendMessage extends Request {
  type: "resend";
}

/**
 * Send the bytes of a clip or picture. Answered by the first `ChunkMessage`.
 *
 * While the kernel fetches them itself, it says `OkMessage` every few seconds.
 */
export interface MediaMessage extends Request {
  type: "media";
  /** Which run of a comparison; "" where there is one run only. */
  run: string;
  /** Which output of the run, counted from 0. */
  clip: number;
}

/** The chunk is here, send the next. One is under way at a time. */
export interface AckMessage extends Request {
  type: "ack";
}

/** Nobody waits for these bytes any more. Not answered. */
export interface CancelMediaMessage extends Request {
  type: "cancel_media";
}

/** Comes with one binary buffer: the bytes from `offset` on, of `total` in all. */
export interface ChunkMessage extends Reply {
  type: "chunk";
  offset: number;
  total: number;
}

/**
 * A file follows in pieces. Answered by `TakenMessage`.
 *
 * From here on an image input holds no picture, so that nobody runs with the one before.
 */
export interface BeginMessage extends Request {
  type: "begin";
  /** The file's name: a label, never a path. */
  name: string;
  size: number;
  /** What a person did to it, as text. */
  notes: string[];
}

/**
 * Comes with one binary buffer: the bytes from `offset` on.
 *
 * Answered by `TakenMessage`, the last one by what is made of the file (`OkMessage`,
 * `KeptMessage`). At most three are under way.
 */
export interface PieceMessage extends Request {
  type: "piece";
  offset: number;
}

/** The rest of the file will not come. Not answered. */
export interface CancelMessage extends Request {
  type: "cancel";
}

/** Everything before `offset` has arrived. */
export interface TakenMessage extends Reply {
  type: "taken";
  offset: number;
}

/** The file was saved. */
export interface KeptMessage extends Reply {
  type: "kept";
  /** On the kernel's computer. */
  path: string;
}
