// What one control of a form is to the field around it.
import type { OnProgress } from "../core/transfer.ts";

/** A choice that is not there as things stand. */
export interface Blocked {
  choice: string;
  why: string;
  label: string;
  apply(): void;
}

/** What is between a field's label and its help. */
export interface Control {
  element: HTMLElement;
  /** What the label belongs to; without it the element is a group named by the label. */
  labelled?: HTMLElement;
  wide?: boolean;
  show(value: unknown, blocked: Blocked[]): void;
}

export interface FieldContext {
  /** Unique in the page. */
  id: string;
  /** Take what a person chose, or is typing; undefined when the field was emptied. */
  change(value: unknown, typed?: boolean): void;
  /** Send a file to the kernel; resolves with where it lies there. */
  send(file: File, tell: OnProgress): Promise<string>;
  /** Say why a choice was not taken. */
  explain(why: string): void;
}
