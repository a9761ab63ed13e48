// Drawn rather than typed: the glyphs for these are missing from many fonts.

export const PLAY = "M4 2l10 6-10 6z";
export const PAUSE = "M3 2h4v12H3zM9 2h4v12H9z";
export const BACK = "M12 2v12L5 8zM3 2h2v12H3z";
export const FORWARD = "M4 2v12l7-6zM11 2h2v12h-2z";
export const LOOP =
  "M2 7a4 4 0 0 1 4-4h4V1l4 3-4 3V5H6a2 2 0 0 0-2 2zM14 9a4 4 0 0 1-4 4H6v2l-4-3 4-3v2h4a2 2 0 0 0 2-2z";
const SPEAKER = "M1 6h3l4-4v12l-4-4H1z";
export const SOUND = `${SPEAKER}M10 4q5 4 0 8z`;
export const MUTED = `${SPEAKER}M10 6l1-1 4 5-1 1zM14 5l1 1-4 5-1-1z`;
export const SAVE = "M7 1h2v7h3l-4 4-4-4h3zM2 13h12v2H2z";
export const FULL = "M1 1h5v2H3v3H1zM10 1h5v5h-2V3h-3zM1 10h2v3h3v2H1zM13 10h2v5h-5v-2h3z";
export const CROP = "M4 1h2v9h9v2h-3v3h-2v-3H4V6H1V4h3zM7 4h5v5h-2V6H7z";
export const CLOSE = "M3 2l5 5 5-5 1 1-5 5 5 5-1 1-5-5-5 5-1-1 5-5-5-5z";
export const COPY = "M5 1h9v10h-2V3H5zM2 5h8v10H2zM4 7v6h4V7z";

const SVG = "http://www.w3.org/2000/svg";

/** One of the paths above as an element that takes the text's colour. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "wiro-icon");
  svg.append(shape);
  return svg;
}
