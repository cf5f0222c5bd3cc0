// Shows what /sim/chargers says, twice a second, and sends what the buttons ask for. Elements are made once and then
// only filled, so that the keyboard focus stays where it is.
"use strict";

const WORDS = {
  Available: "Free", Preparing: "Plugged in", Charging: "Charging", SuspendedEV: "Car is full",
  SuspendedEVSE: "Paused", Finishing: "Finished, unplug", Unavailable: "Out of service", Faulted: "Fault",
};
const root = document.getElementById("chargers");
const said = document.getElementById("said");
const shown = new Map();

const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };

function figure(element, number, unit) {
  put(element, number);
  if (unit) {
    const small = document.createElement("small");
    small.textContent = unit;
    element.append(small);
  }
}

async function send(path) {
  said.textContent = "";
  try {
    const answer = await fetch(path, { method: "POST" });
    if (!answer.ok) said.textContent = (await answer.json()).error;
  } catch {
    said.textContent = "The simulator does not answer.";
  }
  await look();
}

function makeBay(charger, bay) {
  const element = clone("bay");
  element.querySelector("h3").textContent = `Connector ${bay.number}`;
  for (const button of element.querySelectorAll("button")) {
    Object.assign(button.dataset, { identity: charger.identity, connector: bay.number });
    button.setAttribute("aria-label", `${button.textContent}: ${charger.identity}, connector ${bay.number}`);
    button.onclick = () => send(`sim/cars/${encodeURIComponent(charger.identity)}/${bay.number}/${button.dataset.action}`);
  }
  return element;
}

function makeCharger(charger) {
  const element = clone("charger");
  element.querySelector("h2").textContent = charger.identity;
  element.setAttribute("aria-label", `Charge point ${charger.identity}`);
  for (const button of element.querySelectorAll(".tools button")) {
    button.dataset.identity = charger.identity;
    button.onclick = () => send(`sim/chargers/${encodeURIComponent(charger.identity)}/${button.dataset.action}`);
  }
  const bays = charger.connectors.map((bay) => makeBay(charger, bay));
  element.querySelector(".bays").append(...bays);
  return { element, bays };
}

function fillBay(element, bay) {
  const { car, transaction } = bay;
  element.dataset.status = bay.status;
  element.classList.toggle("has-car", Boolean(car));
  put(element.querySelector(".status"), bay.waiting_for_plug ? "Waiting for the cable" : WORDS[bay.status] ?? bay.status);
  const soc = car ? car.soc : 0;
  element.querySelector(".battery i").style.width = `${soc}%`;
  const charge = car ? `${soc} % of ${Math.round(car.battery_wh / 1000)} kWh` : "no car";
  put(element.querySelector(".battery span"), charge);
  element.querySelector(".battery").setAttribute("aria-label", `Battery: ${charge}`);
  figure(element.querySelector(".power"), (bay.power_w / 1000).toFixed(1), "kW");
  figure(element.querySelector(".energy"), transaction ? (transaction.energy_wh / 1000).toFixed(2) : "–", transaction && "kWh");
  figure(element.querySelector(".time"), transaction ? `${Math.floor(transaction.seconds / 60)}` : "–", transaction && "min");
  element.querySelector('[data-action="plug"]').disabled = Boolean(car);
  element.querySelector('[data-action="unplug"]').disabled = !car;
  element.querySelector('[data-action="full"]').disabled = !car || car.full;
}

function fillCharger({ element, bays }, charger) {
  element.classList.toggle("is-connected", charger.connected && charger.booted);
  element.classList.toggle("is-faulted", charger.faulted);
  const link = charger.connected ? "connected" : charger.online ? "connecting…" : "offline";
  put(element.querySelector(".link"), link);
  put(element.querySelector(".queue"), charger.queue > 1 ? `${charger.queue} waiting` : "");
  const offline = element.querySelector('[data-action="offline"], [data-action="online"]');
  offline.dataset.action = charger.online ? "offline" : "online";
  put(offline, charger.online ? "Go offline" : "Go online");
  const fault = element.querySelector('[data-action="fault"]');
  put(fault, charger.faulted ? "Clear fault" : "Fault");
  fault.setAttribute("aria-pressed", String(charger.faulted));
  charger.connectors.forEach((bay, index) => fillBay(bays[index], bay));
}

async function look() {
  let state;
  try {
    state = await (await fetch("sim/chargers", { cache: "no-store" })).json();
  } catch {
    root.classList.add("is-lost");
    return;
  }
  root.classList.remove("is-lost");
  put(document.getElementById("speed"), state.speed > 1 ? `a minute takes ${+(60 / state.speed).toFixed(1)} s` : "real time");
  if (!shown.size) root.replaceChildren();
  for (const charger of state.chargers) {
    if (!shown.has(charger.identity)) {
      shown.set(charger.identity, makeCharger(charger));
      root.append(shown.get(charger.identity).element);
    }
    fillCharger(shown.get(charger.identity), charger);
  }
}

async function forever() {
  for (;;) {
    await look();
    await new Promise((done) => setTimeout(done, 500));
  }
}
forever();
