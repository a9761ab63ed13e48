// What there is to see of the picture: the one that was chosen here, or the one the kernel holds.
import type { Model } from "../../core/model.ts";
import type { Outgoing } from "../../core/transfer.ts";
import type { ShownImage } from "../../protocol/inputs.ts";
import { type ImageState, type ImageTraits, isCurrent } from "./image_state.ts";

export interface Seen {
  /** The one chosen here until the kernel has made its own of it, which is what will be sent. */
  own: Outgoing | null;
  /** The kernel's. */
  held: Partial<ShownImage>;
  /** Of whichever of the two is shown; "" when there is none. */
  name: string;
  /** The address of a picture of which nothing else is known; "" of all others. */
  url: string;
}

export function seen(model: Model<ImageTraits>, memory: ImageState): Seen {
  const held = model.get("_shown");
  const own = !held.name && isCurrent(memory, model) ? memory.chosen : null;
  return { own, held, name: (own ?? held).name ?? "", url: own ? "" : (held.url ?? "") };
}
