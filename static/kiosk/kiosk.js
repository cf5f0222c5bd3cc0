/* What the pages of the kiosk need beyond htmx: figures that count every second, going back to the start when nobody
   is there, focus and announcements when the screen changes, and a word when the connection is lost. */
(() => {
  "use strict";

  const WARN_S = 20; // WCAG 2.2.1: at least 20 seconds to ask for more time
  const REVOKED = 4403;
  const body = document.body;
  const started = performance.now();
  const serverStart = Number(body.dataset.now) || Date.now();
  const now = () => serverStart + (performance.now() - started); // the server's clock, however wrong ours is
  const all = (selector, use) => document.querySelectorAll(selector).forEach(use);
  const screen = () => document.getElementById("screen");

  /* Figures that change every second */

  const two = (number) => String(number).padStart(2, "0");
  function clock(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  }
  function age(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    if (whole < 120) return `${whole} s`;
    return whole < 7200 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 3600)} h`;
  }
  const write = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };
  function count() {
    const present = now();
    all("[data-until]", (e) => write(e, clock((Number(e.dataset.until) - present) / 1000 + 0.999)));
    all("[data-since]", (e) => {
      write(e, clock(Number(e.dataset.base) + Math.max(0, present - Number(e.dataset.since)) / 1000));
    });
    all("[data-age]", (e) => write(e, age((present - Number(e.dataset.age)) / 1000)));
  }

  /* Back to the start when nobody is there */

  let touched = performance.now();
  const idleDialog = document.getElementById("idle");
  const touch = () => {
    touched = performance.now();
  };
  function more() {
    touch();
    if (idleDialog?.open) idleDialog.close();
  }
  function leave() {
    touch();
    fetch(body.dataset.health, { cache: "no-store" }).then(
      (answer) => answer.ok && location.assign(body.dataset.start),
      () => {}, // a page that shows something beats a browser's error page
    );
  }
  function idle() {
    const quiet = (performance.now() - touched) / 1000;
    const leaving = document.querySelector("[data-leave]");
    if (leaving) {
      const left = Number(leaving.dataset.leave) - quiet;
      all("[data-leave-left]", (e) => write(e, String(Math.max(0, Math.ceil(left)))));
      return left <= 0 && leave();
    }
    const limit = document.querySelector("[data-idle]")?.dataset.idle;
    if (!limit || !idleDialog) return undefined;
    if (location.pathname === "/") return quiet > limit && !sameAsStart() ? leave() : undefined;
    const left = Number(limit) + WARN_S - quiet;
    if (left <= 0) return leave();
    if (left <= WARN_S && !idleDialog.open) idleDialog.showModal();
    if (idleDialog.open) all("[data-idle-left]", (e) => write(e, String(Math.ceil(left))));
    return undefined;
  }
  const sameAsStart = () => body.dataset.atRest === "1" && scrollY === 0;

  for (const event of ["pointerdown", "keydown", "wheel"]) {
    addEventListener(event, () => idleDialog?.open || touch(), { passive: true });
  }
  addEventListener("click", (event) => event.target.closest("[data-more]") && more());
  idleDialog?.addEventListener("close", touch);

  /* A push: keep what the driver typed and where the focus was; tell of a new step */

  let kept = null;
  let step = screen()?.dataset.step;
  body.addEventListener("htmx:wsBeforeMessage", (event) => {
    const news = new DOMParser().parseFromString(event.detail.message, "text/html").getElementById("screen");
    if (!news || news.dataset.digest === screen()?.dataset.digest) return event.preventDefault();
    kept = { focus: document.activeElement?.id, inputs: {} };
    all("#screen input[id]", (e) => {
      kept.inputs[e.id] = e.type === "radio" ? e.checked : e.value;
    });
    return undefined;
  });
  body.addEventListener("htmx:wsAfterMessage", () => {
    count();
    const before = step;
    step = screen().dataset.step;
    if (step === before) {
      for (const [id, value] of Object.entries(kept?.inputs ?? {})) {
        const input = document.getElementById(id);
        if (input?.type === "radio") input.checked = value;
        else if (input) input.value = value;
      }
      if (kept?.focus) document.getElementById(kept.focus)?.focus({ preventScroll: true });
    } else {
      arrive();
    }
    kept = null;
  });
  function arrive() {
    touch();
    if (idleDialog?.open) idleDialog.close();
    const title = document.querySelector("#screen h1");
    const lead = document.querySelector("#screen .lead");
    title?.focus({ preventScroll: true });
    scrollTo(0, 0);
    document.getElementById("announce")?.replaceChildren(
      [title, lead].map((e) => e?.textContent.trim().replace(/\s+/g, " ") ?? "").join(". "),
    );
  }

  /* The connection */

  const lost = document.getElementById("lost");
  let closedAt = 0;
  body.addEventListener("htmx:wsOpen", () => {
    closedAt = 0;
    if (lost) lost.hidden = true;
  });
  body.addEventListener("htmx:wsClose", (event) => {
    closedAt ||= performance.now();
    const code = event.detail.event.code;
    // htmx tries again by itself after these; after any other end only a new page helps.
    if (code === REVOKED || ![1006, 1011, 1012, 1013].includes(code)) reloadWhenUp();
  });
  function reloadWhenUp() {
    fetch(body.dataset.health, { cache: "no-store" }).then(
      (answer) => (answer.ok ? location.reload() : setTimeout(reloadWhenUp, 2000)),
      () => setTimeout(reloadWhenUp, 2000),
    );
  }
  const connection = () => {
    if (lost && closedAt && performance.now() - closedAt > 1500) lost.hidden = false;
  };

  /* Forms: once is enough; and the amount with buttons for gloves */

  addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => all("form[data-sent]", (form) => delete form.dataset.sent));
  addEventListener("click", (event) => {
    const button = event.target.closest("[data-step-by]");
    if (!button) return;
    const input = document.getElementById(button.dataset.for);
    const wanted = (parseFloat(input.value.replace(",", ".")) || 0) + Number(button.dataset.stepBy);
    const within = Math.min(Number(input.dataset.most), Math.max(Number(input.dataset.least), wanted));
    input.value = String(Math.round(within * 100) / 100);
    document.getElementById("hold-other").checked = true;
  });
  addEventListener("input", (event) => {
    if (event.target.id === "other") document.getElementById("hold-other").checked = true;
  });

  count();
  setInterval(() => {
    count();
    idle();
    connection();
  }, 250);
})();
