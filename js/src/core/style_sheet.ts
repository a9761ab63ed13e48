// One style sheet for all views, adopted by the document or shadow root that each view is in.

/** What has style sheets of its own. */
type Home = Document | ShadowRoot;

/**
 * @returns a function that has `css` hold for an element until the signal ends, also after the
 * element has moved into another window or shadow root. A sheet that nobody needs is taken away.
 */
export function sharedStyleSheet(css: string): (el: HTMLElement, signal: AbortSignal) => void {
  // A sheet belongs to the document that it was made for.
  const sheets = new WeakMap<Document, CSSStyleSheet>();
  const users = new WeakMap<Home, number>();

  const sheetFor = (page: Document): CSSStyleSheet => {
    let sheet = sheets.get(page);
    if (!sheet) {
      sheet = new (page.defaultView ?? window).CSSStyleSheet();
      sheet.replaceSync(css);
      sheets.set(page, sheet);
    }
    return sheet;
  };

  /** One user more or less of the sheet in `home`. */
  const count = (home: Home, change: 1 | -1) => {
    const now = (users.get(home) ?? 0) + change;
    users.set(home, now);
    const sheet = sheetFor(home.ownerDocument ?? (home as Document));
    if (now === 0)
      home.adoptedStyleSheets = home.adoptedStyleSheets.filter((each) => each !== sheet);
    else if (now === change) home.adoptedStyleSheets.push(sheet);
  };

  return (el, signal) => {
    let home: Home | undefined;
    const follow = () => {
      const root = el.getRootNode();
      // Most hosts attach an element only after they have had it rendered; most to the document.
      const found = "adoptedStyleSheets" in root ? (root as Home) : el.ownerDocument;
      if (found === home) return;
      count(found, 1);
      if (home) count(home, -1);
      home = found;
    };
    // Called when the element gets a size, before anything is painted.
    const observer = new ResizeObserver(follow);
    observer.observe(el);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      if (home) count(home, -1);
    });
    follow();
  };
}
