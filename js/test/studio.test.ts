import type { AnyModel, Host } from "@anywidget/types";
import { expect, it, vi } from "vitest";
import { FakeModel } from "../demo/fake_model.js";
import { KERNEL_STOPPED } from "../src/core/channel.ts";
import type { Model } from "../src/core/model.ts";
import { studioHeader } from "../src/widgets/studio/header.ts";
import define from "../src/widgets/studio/index.ts";
import { copyValues, type Parts, partCell } from "../src/widgets/studio/parts.ts";
import { problemBanner } from "../src/widgets/studio/problem_banner.ts";
import type { StudioTraits } from "../src/widgets/studio/traits.ts";

/** A Studio with one part, whose views are told apart by their signals. */
function studio(grid: string | null) {
  const end = new AbortController();
  const views: AbortSignal[] = [];
  const models: Record<string, FakeModel> = {
    "anywidget:prompt": new FakeModel({ value: "The gull" }),
    "anywidget:button": new FakeModel({ prompt: "" }),
  };
  const model = new FakeModel({
    _grid: grid,
    _prompt: "anywidget:prompt",
    _button: "anywidget:button",
  });
  const host = {
    getModel: async (reference: string) => {
      models[reference] ??= new FakeModel({});
      return models[reference];
    },
    getWidget: async (reference: string) => {
      if (reference === "anywidget:closed") throw new Error("No model of that id");
      return {
        async render({ el, signal }: { el: HTMLElement; signal: AbortSignal }) {
          views.push(signal);
          el.textContent = reference;
        },
      };
    },
  } as unknown as Host;
  const parts: Parts = {
    model: model as unknown as Model<StudioTraits>,
    host,
    signal: end.signal,
  };
  return { parts, model, models, views, end };
}

it("shows a part once there is one, and ends its view with the place and with the Studio", async () => {
  const { parts, model, views, end } = studio(null);
  const cell = partCell(parts, "_grid");
  expect(cell.hidden).toBe(true);
  model.set("_grid", "anywidget:first");
  await vi.waitFor(() => expect(cell.textContent).toBe("anywidget:first"));
  expect(cell.hidden).toBe(false);
  model.set("_grid", "anywidget:second");
  await vi.waitFor(() => expect(cell.textContent).toBe("anywidget:second"));
  expect(views.map(({ aborted }) => aborted)).toEqual([true, false]);
  end.abort();
  expect(views.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(model.listeners).toBe(0);
});

it("shows no part whose place was taken while it was being found", async () => {
  const { parts, model, views } = studio("anywidget:first");
  const cell = partCell(parts, "_grid");
  model.set("_grid", "anywidget:second");
  await vi.waitFor(() => expect(cell.textContent).toBe("anywidget:second"));
  expect(views).toHaveLength(1);
});

it("says what to do where a part cannot be shown", async () => {
  vi.stubGlobal("reportError", () => {});
  const { parts } = studio("anywidget:closed");
  const cell = partCell(parts, "_grid");
  await vi.waitFor(() => expect(cell.textContent).toContain("Run the cell again."));
  vi.unstubAllGlobals();
});

it("says that a part was closed, unless another has taken its place", async () => {
  const { parts, model, models, end } = studio("anywidget:first");
  const cell = partCell(parts, "_grid");
  const close = async (reference: string) => {
    await vi.waitFor(() => expect(models[reference]?.listeners).toBe(1));
    models[reference]?.trigger("comm:close");
  };
  await vi.waitFor(() => expect(models["anywidget:first"]?.listeners).toBe(1));
  model.set("_grid", "anywidget:second");
  await close("anywidget:second");
  expect(cell.textContent).toContain("Run the cell again.");
  model.set("_grid", "anywidget:third");
  await vi.waitFor(() => expect(cell.textContent).toBe("anywidget:third"));
  models["anywidget:first"]?.trigger("comm:close");
  expect(cell.textContent).toBe("anywidget:third");
  await vi.waitFor(() => expect(models["anywidget:third"]?.listeners).toBe(1));
  end.abort();
  expect(Object.values(models).map(({ listeners }) => listeners)).toEqual([0, 0, 0, 0, 0]);
});

it("gives the button each value of another part, until the view ends", async () => {
  const { parts, models, end } = studio(null);
  const { "anywidget:prompt": prompt, "anywidget:button": button } = models;
  await copyValues(parts, ["_prompt", "value"], ["_button", "prompt"]);
  expect(button?.get("prompt")).toBe("The gull");
  prompt?.set("value", "The gull lands");
  expect(button?.get("prompt")).toBe("The gull lands");
  end.abort();
  expect(prompt?.listeners).toBe(0);
});

it("says what to update where a host cannot put widgets into one another", () => {
  const el = document.createElement("div");
  const model = new FakeModel({ error: null }) as unknown as AnyModel;
  const end = define(() => {}).render({ model, el });
  expect(el.textContent).toContain("Update anywidget to 0.11 or newer");
  end();
});

it("says that the kernel is gone, and no more once it is back", () => {
  const { model, end } = studio(null);
  model.set("_problem", { title: "No network", detail: "", remedy: "" });
  const banner = problemBanner(model as unknown as Model<StudioTraits>, end.signal);
  const live = (comm_live: boolean) => {
    model.set("layout", { comm_live });
    model.trigger("comm_live_update");
  };
  live(false);
  expect(banner.textContent).toContain("Run the cell again");
  expect(banner.querySelector("button")?.hidden).toBe(true);
  live(true);
  expect(banner.textContent).toContain("No network");
  expect(banner.querySelector("button")?.hidden).toBe(false);
  end.abort();
  expect(model.listeners).toBe(0);
});

/** A Studio in a host that tells of a stopped kernel only by refusing a message. */
function withoutKernel() {
  const model = new FakeModel({
    model: "minimax/hailuo",
    _models: [],
    _spent: "",
    _service: "sandbox",
    _prompt: "anywidget:prompt",
    _problem: { title: "No network", detail: "", remedy: "Press Try again." },
  });
  model.answer = () => {
    throw new Error("404");
  };
  return model as unknown as Model<StudioTraits>;
}

it("says beside the button that no kernel tries again, and what to do", async () => {
  const banner = problemBanner(withoutKernel(), new AbortController().signal);
  const retry = banner.querySelector("button") as HTMLButtonElement;
  retry.click();
  await vi.waitFor(() => expect(banner.textContent).toContain(KERNEL_STOPPED));
  expect(retry.disabled).toBe(false);
});

it("says beside the picker that no kernel looks for models", async () => {
  const header = studioHeader(withoutKernel(), new AbortController().signal);
  const field = header.querySelector("input") as HTMLInputElement;
  field.value = "hailuo";
  field.dispatchEvent(new Event("input"));
  await vi.waitFor(() => expect(header.textContent).toContain(KERNEL_STOPPED));
});
