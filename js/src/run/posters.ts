// The first frames of runs. Each is a separate model, so a notebook stores it once, however many
// views and runs show it.
import type { View } from "../core/define_widget.ts";
import type { BaseTraits } from "../core/model.ts";

interface PosterTraits extends BaseTraits {
  url: string;
}

/**
 * Finds posters.
 *
 * @param arrived called when one that was asked for and not known is there.
 * @returns the URL of one, given the model that has it (or the URL itself); null while there is none.
 */
export function posters(
  { host, signal }: Pick<View<unknown, BaseTraits>, "host" | "signal">,
  arrived: () => void,
): (reference: string | null | undefined) => string | null {
  const known = new Map<string, string | null>();

  async function find(reference: string): Promise<void> {
    // A host that finds no models shows no poster; the clip comes all the same.
    const found = await host?.getModel<PosterTraits>(reference).catch(() => null);
    if (!found || signal.aborted) return;
    known.set(reference, found.get("url"));
    arrived();
  }

  return (reference) => {
    if (!reference || reference.startsWith("data:")) return reference || null;
    if (!known.has(reference)) {
      known.set(reference, null);
      void find(reference);
    }
    return known.get(reference) ?? null;
  };
}
