// One clip, inline: the first frame until it is here, then the clip with its controls and keys.
import { button, h, on, placeBeside, saveAs, setAttributes, setText } from "../core/dom.ts";
import { type Action, PLAYER_KEYS, shortcuts } from "../core/shortcuts.ts";
import type { Clip } from "../protocol/runs.ts";
import { type PlayerHost, type PlayerSettings, playerController } from "./player_controller.ts";
import { transportBar } from "./transport_bar.ts";
import { BROKEN } from "./video_element.ts";

/** What to show; a new `key` or clip is something else to play. */
export interface PlayerProps {
  key: string;
  label: string;
  clip: Clip | null;
  poster: string | null;
  /** Why there is no clip, once it is known that none will come. */
  missing: string | null;
}

export interface Player {
  element: HTMLElement;
  show(showing: PlayerProps): void;
  settle(settings: Partial<PlayerSettings>): void;
  /** Have the browser save the clip. */
  save(): void;
}

export function player(view: PlayerHost): Player {
  const poster = h("img", "poster", { alt: "", hidden: true });
  const placeholder = h("p", "placeholder");
  const stage = h("div", "stage", { tabindex: 0, role: "group" }, poster);
  const controls = transportBar({
    act,
    download: save,
    speed: (speed) => play.set({ speed }),
    scrub: (time) => play.scrub(time),
  });
  const note = h("p", "note", { role: "status" });
  const again = button(
    "button",
    "Try again",
    () => {
      // The button goes.
      stage.focus();
      load();
    },
    { hidden: true },
  );
  const { commandOf, help } = shortcuts<Action>(PLAYER_KEYS);
  const element = h("div", "player", {}, stage, controls.element, note, again, help);
  const write = (text: string) => setText(note, text);
  const fail = ({ message }: Error) => {
    write(message);
    again.hidden = false;
    // A later snapshot may bring what was missing.
    shown = "";
  };
  const broke = (stored: boolean) => {
    // The kernel may have it as it was when it was made.
    if (stored) fail(new Error(BROKEN));
    else load(true);
  };
  const play = playerController(stage, view, write, controls.show, broke);
  const { video } = play;
  stage.append(placeholder);
  let clip: Clip | null = null;
  let run = "";
  let shown = "";

  on(element, "keydown", onKey);
  on(stage, "click", () => act("Space"));
  on(video, "loadeddata", () => setRatio(video.videoWidth, video.videoHeight));
  on(poster, "load", () => setRatio(poster.naturalWidth, poster.naturalHeight));

  function setRatio(width: number, height: number): void {
    stage.style.setProperty("--wiro-ratio", `${width} / ${height}`);
  }

  function show(next: PlayerProps): void {
    const { key, label, missing } = next;
    clip = next.clip;
    run = key;
    setAttributes(video, { "aria-label": label });
    setAttributes(stage, { "aria-label": label, "data-missing": missing !== null });
    if (next.poster) setAttributes(poster, { src: next.poster });
    poster.hidden = !next.poster;
    const waiting = next.poster ? "First frame. The clip is not ready yet." : "No clip yet";
    setText(placeholder, missing ? `✕ ${missing}` : waiting);
    placeholder.hidden = clip !== null;
    const playing = clip ? `${key} ${clip.url ?? clip.name}` : key;
    if (playing === shown) return;
    shown = playing;
    load();
  }

  function load(stored = false): void {
    write("");
    again.hidden = true;
    play
      .load(clip, run, stored)
      .catch(({ message }) => fail(new Error(stored ? `${BROKEN} ${message}` : message)));
  }

  function act(action: Action): void {
    if (action === "?") toggleHelp(help, controls.element);
    else if (action === "F") toggleFullScreen(element);
    else play.act(action);
  }

  function onKey(event: KeyboardEvent): void {
    const action = commandOf(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    act(action);
  }

  function save(): void {
    if (!clip) return;
    const { name } = clip;
    play.file(clip).then(
      (file) => saveAs(name, file),
      ({ message }) => write(message),
    );
  }

  return { element, show, settle: play.settle, save };
}

function toggleFullScreen(element: HTMLElement): void {
  // It may be refused or missing (a frame that is not allowed to, a telephone): nothing happens then.
  if (document.fullscreenElement) void document.exitFullscreen();
  else element.requestFullscreen?.().catch(() => {});
}

function toggleHelp(help: HTMLElement, controls: HTMLElement): void {
  if ("togglePopover" in help) {
    // Under the controls: the clip above them stays in sight.
    if (help.togglePopover()) placeBeside(help, controls);
  }
  // Browsers older than those promised show it below the player.
  else (help as HTMLElement).toggleAttribute("hidden");
}
