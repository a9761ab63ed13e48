// The part of anywidget's model that a view uses, with no kernel behind it.

/** @typedef {Record<string, unknown>} Traits */

export class FakeModel {
  /** Everything the view sent, oldest first. @type {Traits[]} */
  sent = [];
  /** What to do with a message of the view. @type {(message: Traits) => void} */
  answer = () => {};
  /** @type {Map<string, Set<Function>>} */
  #listeners = new Map();

  /** @param {Traits} traits */
  constructor(traits) {
    this.traits = traits;
  }

  /** @param {string} name */
  get(name) {
    return this.traits[name];
  }

  /** @param {string} name @param {unknown} value */
  set(name, value) {
    if (this.traits[name] === value) return;
    this.traits[name] = value;
    this.#call(`change:${name}`);
  }

  save_changes() {}

  /** @param {string} name @param {Function} listener */
  on(name, listener) {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
  }

  /** @param {string} name @param {Function} listener */
  off(name, listener) {
    this.#listeners.get(name)?.delete(listener);
  }

  /** How many listeners there are, which must be none when every view has gone. */
  get listeners() {
    return [...this.#listeners.values()].reduce((sum, each) => sum + each.size, 0);
  }

  /** @param {Traits} message */
  send(message) {
    this.sent.push(message);
    this.answer(message);
  }

  /** Say something as the kernel. @param {Traits} message @param {DataView[]} buffers */
  reply(message, buffers = []) {
    this.#call("msg:custom", message, buffers);
  }

  /** The kernel is gone, as JupyterLab tells it. */
  stop() {
    this.trigger("comm_live_update");
  }

  /** Tell of an event as the host. @param {string} name */
  trigger(name) {
    this.#call(name);
  }

  /** @param {string} name @param {unknown[]} values */
  #call(name, ...values) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(...values);
  }
}
