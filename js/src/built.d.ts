// What build.mjs makes of the folders in widgets/.

declare module "built:widgets" {
  const widgets: Record<string, ReturnType<typeof import("./core/define_widget.ts").defineWidget>>;
  export = widgets;
}

declare module "built:style_sheet" {
  export const css: string;
  /** The class of every element that the sheet holds for. */
  export const scope: string;
}
