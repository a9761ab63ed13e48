// What one control of a form is to the field around it.
import type { Tell } from "./upload.ts";

/** A choice that is not there as things stand. */
export interface Blocked {
  choice: string;
  why: string;
  words: string;
  take(): void;
}

/** What is between a field's label and its help. */
export interface Control {
  element: HTMLElement;
  /** What the label belongs to; without it the element is a group named by the label. */
  labelled?: HTMLElement;
  wide?: boolean;
  show(value: unknown, blocked: Blocked[]): void;
}

export interface Hands {
  /** Unique in the page. */
  id: string;
  /** Take what a person chose, or is typing; undefined when the field was emptied. */
  change(value: unknown, typed?: boolean): void;
  /** Send a file to the kernel; resolves with where it lies there. */
  send(file: File, tell: Tell): Promise<string>;
  /** Say why a choice was not taken. */
  explain(why: string): void;
}
