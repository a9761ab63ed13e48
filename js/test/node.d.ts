// The one function of Node that the tests need, without all of its types.
declare module "node:events" {
  export function getEventListeners(target: EventTarget, name: string): unknown[];
}
