"use strict";

const POLL_MS = 300;
const WRONG_PIN = "0000";
const SYMBOLS = {
  S1000: "bolt", S1001: "waves", S1002: "waves", S1003: "stars", S1010: "tick", S1011: "cross", S1012: "cross",
  S1013: "clock", S1014: "tick", S1015: "tick", S1016: "tick", S1017: "tick", S1018: "cross",
};
const TONES = { tick: "good", cross: "bad", clock: "bad" };

const find = (id) => document.getElementById(id);
const device = find("device");
let state = null;
let typed = "";
let longest = 60;
let seen = "";

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    signal: AbortSignal.timeout(4000),
  });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error || `HTTP ${answer.status}`);
  return found;
}

async function act(method, path, body) {
  try {
    const found = await call(method, path, body);
    await refresh();
    return found;
  } catch (error) {
    hint(error.message);
    return null;
  }
}

function hint(text) {
  find("hint").textContent = text;
}

function put(id, text) {
  const element = find(id);
  if (element.textContent !== text) element.textContent = text;
}

/* The terminal */

function show(fresh) {
  const waiting = fresh.waiting_for || "";
  if (waiting !== "pin") typed = "";
  if (!state || fresh.waiting_for !== state.waiting_for || fresh.request_id !== state.request_id) {
    longest = fresh.seconds_left || 60;
    if (waiting) hint(waiting === "pin" ? `Any four digits are right, ${WRONG_PIN} is wrong.` : "Tap a card.");
    else if (state && state.waiting_for) hint("");
  }
  state = fresh;
  const symbol = SYMBOLS[fresh.screen.text_id] || "bolt";
  device.dataset.waiting = waiting;
  device.dataset.symbol = symbol;
  device.dataset.tone = TONES[symbol] || "";
  find("screen").dataset.textId = fresh.screen.text_id;
  find("screen").lang = fresh.screen.language.toLowerCase();
  put("terminal-id", fresh.terminal_id);
  put("language", fresh.screen.language);
  put("amount", fresh.amount ? fresh.amount.text : "");
  put("text", fresh.screen.text);
  put("stars", "•".repeat(typed.length));
  put("clock", new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }));
  find("countdown").style.width = waiting ? `${(100 * fresh.seconds_left) / longest}%` : "0";
  find("pins").hidden = waiting !== "pin";
  showCards(fresh);
  showFaults(fresh.faults);
}

function showAway() {
  state = null;
  device.dataset.waiting = "";
  device.dataset.symbol = "";
  device.dataset.tone = "off";
  put("amount", "");
  put("text", "Not on the network");
}

async function refresh() {
  try {
    show(await call("GET", "/sim/state"));
  } catch {
    showAway();
  }
}

async function type(digit) {
  if (!state || state.waiting_for !== "pin" || typed.length >= 6) return;
  typed += digit;
  put("stars", "•".repeat(typed.length));
}

async function enter() {
  if (!state || state.waiting_for !== "pin") return;
  if (typed.length < 4) hint("A PIN has four digits.");
  else await act("POST", "/sim/pin", { pin: typed === WRONG_PIN ? "wrong" : "ok" });
}

function clear() {
  typed = typed.slice(0, -1);
  put("stars", "•".repeat(typed.length));
}

async function cancel() {
  const answer = await act("POST", "/sim/cancel");
  if (answer) hint(answer.cancelled ? "Cancelled." : "There was nothing to cancel.");
}

/* The wallet */

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function showCards(fresh) {
  const cards = find("cards");
  if (!cards.children.length) {
    for (const card of fresh.cards) {
      const button = element("button", card.kind);
      const face = element("span", "face");
      button.type = "button";
      button.dataset.card = card.id;
      button.setAttribute("aria-label", `Present ${card.id}: ${card.label} ending in ${card.last_four} ${card.note}`.trim());
      face.append(element("span", "brand", card.label), element("span", "chip"), element("span", "last", `•••• ${card.last_four}`));
      button.append(face, element("span", "note", card.note));
      button.addEventListener("click", () => present(button));
      cards.append(button);
    }
  }
  for (const button of cards.children) {
    button.classList.toggle("remembered", button.dataset.card === fresh.remembered_card);
  }
}

async function present(button) {
  button.classList.remove("tapped");
  void button.offsetWidth;
  button.classList.add("tapped");
  const answer = await act("POST", "/sim/card", { card: button.dataset.card, pin: "ask" });
  if (answer && !answer.presented) {
    hint(`Nothing waits for a card; this one counts for the next ${answer.remembered_for_seconds} seconds.`);
  }
}

/* Accidents */

function words(name) {
  return name.replaceAll("_", " ");
}

async function fillFaultForm() {
  const { operations, kinds } = await call("GET", "/sim/faults");
  for (const name of operations) find("fault-operation").append(new Option(words(name), name));
  for (const name of kinds) find("fault-kind").append(new Option(words(name), name));
  showFields();
}

function showFields() {
  for (const label of document.querySelectorAll("[data-for]")) {
    label.hidden = !label.dataset.for.split(" ").includes(find("fault-kind").value);
  }
}

function showFaults(faults) {
  put("fault-count", faults.length ? `${faults.length} waiting` : "");
  const key = JSON.stringify(faults);
  if (find("faults").dataset.key === key) return;
  find("faults").dataset.key = key;
  find("faults").replaceChildren(
    ...faults.map((each) => element("li", "", `${words(each.operation)}: ${words(each.fault)}, ${each.times}×`)),
  );
}

async function addFault(event) {
  event.preventDefault();
  const order = { operation: find("fault-operation").value, fault: find("fault-kind").value };
  for (const input of find("fault-form").querySelectorAll("input")) {
    if (input.closest("label").hidden) continue;
    if (input.type === "checkbox") order[input.name] = input.checked;
    else order[input.name] = input.type === "number" ? Number(input.value) : input.value;
  }
  await act("POST", "/sim/faults", order);
}

/* The book */

function money(minor, currency) {
  const format = new Intl.NumberFormat("en-GB", { style: "currency", currency });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

async function refreshBook() {
  const { transactions } = await call("GET", "/sim/book");
  put("book-count", transactions.length ? String(transactions.length) : "empty");
  const key = `${transactions.length}:${transactions.reduce((sum, each) => sum + each.repeats, 0)}`;
  if (key === seen) return;
  seen = key;
  const rows = transactions.slice(-100).reverse().map((each) => {
    const row = document.createElement("tr");
    const outcome = each.reason ? `${words(each.outcome)}: ${each.reason}` : words(each.outcome);
    const request = each.of ? `${each.request_id} of ${each.of}` : each.request_id;
    row.append(
      element("td", "", new Date(each.at).toLocaleTimeString("en-GB")),
      element("td", "", each.kind),
      element("td", "number", money(each.amount_minor, each.currency)),
      element("td", each.outcome, outcome),
      element("td", "", each.repeats ? `${request} (came ${each.repeats + 1}×)` : request),
    );
    return row;
  });
  find("transactions").replaceChildren(...rows);
}

/* Hands */

for (const key of document.querySelectorAll("[data-digit]")) key.addEventListener("click", () => type(key.dataset.digit));
for (const key of document.querySelectorAll("[data-pin]")) {
  key.addEventListener("click", () => act("POST", "/sim/pin", { pin: key.dataset.pin }));
}
find("cancel").addEventListener("click", cancel);
find("clear").addEventListener("click", clear);
find("enter").addEventListener("click", enter);
find("fault-kind").addEventListener("change", showFields);
find("fault-form").addEventListener("submit", addFault);
find("clear-faults").addEventListener("click", () => act("DELETE", "/sim/faults"));
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, summary") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^[0-9]$/.test(event.key)) type(event.key);
  else if (event.key === "Backspace") clear();
  else if (event.key === "Escape") cancel();
  else if (event.key === "Enter" && !event.target.closest("button")) enter();
});

let beat = 0;
async function poll() {
  if (!document.hidden) {
    await refresh();
    if (state && beat % 3 === 0) await refreshBook().catch(() => {});
    if (state && !find("fault-kind").options.length) await fillFaultForm().catch(() => {});
    beat += 1;
  }
  setTimeout(poll, POLL_MS);
}
poll();
