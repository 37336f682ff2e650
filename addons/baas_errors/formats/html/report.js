"use strict";
// Builds the report from its data: every text goes in as a text node, never as markup.
(() => {
  const ROWS = 1000, DETAILS = 100, GROUPS_AT_ONCE = 60, OCCURRENCES_AT_ONCE = 100;
  const FAULTS = ["request", "auth", "permission", "quota", "config", "server", "script", "client"];
  const SVG = "http://www.w3.org/2000/svg";
  const blocks = new Map();
  const state = { q: "", backend: "", type: "", fault: "", open: "" };
  const { total, groups } = block("groups");
  const main = document.getElementById("groups");
  let shown = [];
  let haystacks = null;

  // --- data ---------------------------------------------------------------------------------------------------------------------------------------------
  function block(name) {
    if (!blocks.has(name)) {
      const element = document.getElementById(`data-${name}`);
      blocks.set(name, element ? JSON.parse(element.textContent) : null);
      // The text is not needed twice.
      if (element) element.remove();
    }
    return blocks.get(name);
  }
  const row = (number) => block(`rows-${Math.floor(number / ROWS)}`)[number % ROWS];
  function detail(number) {
    const found = block(`details-${Math.floor(number / DETAILS)}`);
    const numbers = found && found.details[number];
    if (!numbers) return null;
    const text = (each) => found.texts[each];
    const texts = (list) => list.map((each) => each.map(text));
    const message = (list) => list.length ? { line: text(list[0]), headers: texts(list[1]), body: text(list[2]) } : null;
    const [facts, findings, request, answer, curl, ticket] = numbers;
    const lines = (list) => list.map(text).join("\n");
    return { facts: texts(facts), findings: texts(findings), request: message(request), answer: message(answer), curl: lines(curl), ticket: lines(ticket) };
  }

  // --- elements -----------------------------------------------------------------------------------------------------------------------------------------
  function el(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") element.addEventListener(key, value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value !== "") element.setAttribute(key, value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== ""));
    return element;
  }
  const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
  const moment = (timestamp) => timestamp.slice(0, 19).replace("T", " ");
  const faultClass = (fault) => `f-${FAULTS.includes(fault) ? fault : "none"}`;
  const status = (value) => value === "" || value === undefined ? null : el("span", { class: `status s${String(value)[0]}` }, String(value));
  const marked = (text) => text.split(/`([^`]+)`/).map((part, number) => number % 2 ? el("code", {}, part) : part);
  const described = (pairs) => pairs.flatMap(([label, value]) => [el("dt", {}, label), el("dd", {}, value)]);

  function timeLine(line) {
    const svg = document.createElementNS(SVG, "svg");
    const put = (element, values) => Object.entries(values).forEach(([key, value]) => element.setAttribute(key, value));
    put(svg, { class: "line", viewBox: `0 0 ${line.length * 3} 24`, preserveAspectRatio: "none", "aria-hidden": "true" });
    const top = Math.max(...line, 1);
    line.forEach((count, number) => {
      const height = Math.round(22 * count / top) || (count ? 2 : 0);
      if (!height) return;
      const bar = svg.appendChild(document.createElementNS(SVG, "rect"));
      put(bar, { x: number * 3, y: 24 - height, width: 2, height });
    });
    return svg;
  }

  function groupElement({ group, rows }) {
    const count = rows ? rows.length : group.count;
    const of = count < group.count ? el("small", {}, `of ${group.count.toLocaleString("en")}`) : null;
    const element = el("details", { class: "group", id: `g${group.start}`, toggle: () => opened(element, group, rows) },
      el("summary", {},
        el("i", { class: `dot ${faultClass(group.fault)}` }),
        el("span", { class: "name" },
          el("b", {}, group.title), status(group.status),
          el("span", { class: "type" }, group.type), el("span", { class: "endpoint" }, group.endpoint || "")),
        timeLine(group.line),
        el("span", { class: "count" }, count.toLocaleString("en"), of),
        el("span", { class: "span" }, moment(group.first), el("br"), moment(group.last))));
    return element;
  }

  function opened(element, group, rows) {
    if (element.open && element.children.length === 1) element.append(groupBody(group, rows));
    if (element.open) setState({ open: group.id });
    else if (state.open === group.id) setState({ open: "" });
  }

  function groupBody(group, rows) {
    const count = rows ? rows.length : group.count;
    const list = el("div", { class: "list" });
    addOccurrences(list, group, rows, 0);
    return el("div", { class: "body" }, explained(group),
      el("h3", {}, counted(count, "occurrence"), rows && count < group.count ? ` of ${group.count.toLocaleString("en")}` : ""), list);
  }

  function explained(group) {
    const meaning = group.meaning || "No catalog knows this code; the server’s own text is all there is.";
    const found = (group.found || []).map(([says, certain, count]) => el("li", { class: certain ? "" : "likely" }, marked(says),
      count < group.count ? el("span", { class: "of" }, ` ${count.toLocaleString("en")} of ${group.count.toLocaleString("en")}`) : null));
    const doc = group.doc ? el("a", { href: group.doc, rel: "noreferrer noopener", target: "_blank" }, group.doc) : null;
    const facts = [
      ["Retry", group.retry && marked(group.retry)], ["Fault", group.faultWords && marked(group.faultWords)],
      ["Or it is", group.candidates && [group.candidates.join(", ")]],
      ...(group.sdk || []).map(([language, view]) => [language, [el("code", {}, view)]]),
      ["Read", doc && [doc]],
    ].filter(([, value]) => value);
    return el("div", { class: "explained" },
      el("div", {},
        group.message ? el("blockquote", {}, group.message) : null,
        el("p", {}, marked(meaning)),
        found.length ? [el("h3", {}, "What was found"), el("ul", { class: "found" }, found)] : null,
        group.fix ? [el("h3", {}, "What to do"), el("ol", {}, group.fix.map((fix) => el("li", {}, marked(fix))))] : null),
      el("dl", {}, facts.flatMap(([label, value]) => [el("dt", {}, label), el("dd", {}, value)])));
  }

  function addOccurrences(list, group, rows, from) {
    const count = rows ? rows.length : group.count;
    const until = Math.min(count, from + OCCURRENCES_AT_ONCE);
    for (let number = from; number < until; number++) list.append(occurrence(rows ? rows[number] : group.start + number));
    if (until === count) return;
    const next = Math.min(OCCURRENCES_AT_ONCE, count - until).toLocaleString("en");
    const more = el("button", { class: "more", type: "button", click: () => { more.remove(); addOccurrences(list, group, rows, until); } },
      `Show ${next} more, ${(count - until).toLocaleString("en")} left`);
    list.append(more);
  }

  function occurrence(number) {
    const [time, code, method, url, message, requestId, , opens] = row(number);
    const summary = el("summary", {}, el("time", {}, moment(time)), status(code) || el("span", { class: "status" }, "–"),
      el("span", { class: "url" }, el("b", {}, method), " ", url), el("span", { class: "msg" }, message), el("span", { class: "rid" }, requestId));
    if (!opens) return el("div", { class: "occ plain", title: "Its details were left out to keep the page quick" }, ...summary.childNodes);
    const element = el("details", { class: "occ", toggle: () => { if (element.children.length === 1) element.append(occurrenceBody(detail(number))); } }, summary);
    return element;
  }

  function occurrenceBody(shown) {
    if (!shown) return el("p", { class: "empty" }, "Not in this report.");
    const findings = shown.findings.map(([says, evidence, certain]) => el("li", { class: certain ? "" : "likely" }, marked(says),
      evidence ? el("span", { class: "seen" }, " seen: ", el("code", {}, evidence)) : null));
    return el("div", { class: "body" },
      el("p", { class: "buttons" }, copyButton("Copy ticket", shown.ticket), shown.curl ? copyButton("Copy curl", shown.curl) : null),
      el("dl", { class: "facts" }, described(shown.facts)),
      findings.length ? [el("h4", {}, "Findings"), el("ul", { class: "found" }, findings)] : null,
      el("div", { class: "sides" }, side("Request", shown.request), side("Answer", shown.answer)),
      raw("curl, for a POSIX shell", shown.curl), raw("Support ticket", shown.ticket));
  }

  function side(name, message) {
    if (!message) return null;
    const headers = message.headers.length
      ? el("details", { class: "headers", open: true }, el("summary", {}, counted(message.headers.length, "header")), el("dl", {}, described(message.headers))) : null;
    return el("section", {}, el("h4", {}, name), el("p", { class: "first" }, message.line), headers,
      message.body ? el("pre", {}, message.body) : el("p", { class: "empty" }, "No body"));
  }
  const raw = (name, content) => content ? el("details", { class: "raw" }, el("summary", {}, name), el("pre", {}, content)) : null;

  // --- copying ------------------------------------------------------------------------------------------------------------------------------------------
  function copyButton(name, content) {
    const button = el("button", { type: "button", class: "copy", click: async () => {
      button.textContent = await copied(content) ? "Copied" : "Press Ctrl+C";
      setTimeout(() => { button.textContent = name; }, 1600);
    } }, name);
    return button;
  }
  async function copied(content) {
    try {
      await navigator.clipboard.writeText(content);
      return true;
    } catch {
      // Pages from a file may not use the clipboard in every browser; the old way works there.
      const area = el("textarea", { class: "away", "aria-hidden": "true" });
      area.value = content;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  // --- search and filters -------------------------------------------------------------------------------------------------------------------------------
  function haystack(number) {
    if (!haystacks) haystacks = new Array(total);
    if (haystacks[number] === undefined) haystacks[number] = row(number).slice(0, 7).join(" ").toLowerCase();
    return haystacks[number];
  }
  for (const group of groups) {
    group.haystack = [group.title, group.type, group.endpoint, group.message, group.faultWords, ...(group.candidates || [])].join(" ").toLowerCase();
  }

  function matching(group, terms) {
    if ((state.backend && group.backend !== state.backend) || (state.type && group.type !== state.type)) return null;
    if (state.fault && (group.fault || "none") !== state.fault) return null;
    const left = terms.filter((term) => !group.haystack.includes(term));
    if (!left.length) return { group, rows: null };
    const rows = [];
    for (let number = group.start; number < group.start + group.count; number++) {
      const text = haystack(number);
      if (left.every((term) => text.includes(term))) rows.push(number);
    }
    return rows.length ? { group, rows } : null;
  }

  function render() {
    const terms = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    shown = groups.map((group) => matching(group, terms)).filter(Boolean);
    main.replaceChildren();
    addGroups(0);
    const errors = shown.reduce((sum, { group, rows }) => sum + (rows ? rows.length : group.count), 0);
    const filtered = state.q || state.backend || state.type || state.fault;
    counter.textContent = filtered ? `${errors.toLocaleString("en")} of ${counted(total, "error")}, ${shown.length.toLocaleString("en")} of ${counted(groups.length, "kind")}` : "";
    reset.hidden = !filtered;
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.fault === state.fault));
    if (!shown.length && total) main.append(el("p", { class: "nothing" }, "Nothing fits. ", el("button", { type: "button", click: clear }, "Show everything")));
  }

  function addGroups(from) {
    const until = Math.min(shown.length, from + GROUPS_AT_ONCE);
    for (const each of shown.slice(from, until)) {
      const element = main.appendChild(groupElement(each));
      if (each.group.id === state.open) element.open = true;
    }
    if (until === shown.length) return;
    const more = el("button", { class: "more", type: "button", click: () => next() }, `Show more kinds, ${(shown.length - until).toLocaleString("en")} left`);
    const watcher = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) next(); }, { rootMargin: "600px" });
    const next = () => { watcher.disconnect(); more.remove(); addGroups(until); };
    main.append(more);
    watcher.observe(more);
  }

  // --- the address keeps the state ----------------------------------------------------------------------------------------------------------------------
  function setState(changes) {
    Object.assign(state, changes);
    const kept = new URLSearchParams(Object.entries(state).filter(([, value]) => value));
    try {
      history.replaceState(null, "", `#${kept}`);
    } catch {
      // Some browsers refuse this for files, and for too many calls: the page works without.
    }
  }
  function readState() {
    const kept = new URLSearchParams(location.hash.slice(1));
    for (const key of Object.keys(state)) state[key] = kept.get(key) || "";
    search.value = state.q;
    backendChoice.value = state.backend;
    typeChoice.value = state.type;
    render();
  }
  function filter(changes) {
    setState(changes);
    render();
  }
  function clear() {
    for (const field of [search, backendChoice, typeChoice]) field.value = "";
    filter({ q: "", backend: "", type: "", fault: "" });
  }
  function openGroup(id) {
    if (!shown.some(({ group }) => group.id === id)) clear();
    const index = shown.findIndex(({ group }) => group.id === id);
    while (main.querySelectorAll(".group").length <= index) main.querySelector(":scope > .more").click();
    const element = document.getElementById(`g${shown[index].group.start}`);
    element.open = true;
    element.scrollIntoView({ block: "start" });
    element.firstElementChild.focus({ preventScroll: true });
  }

  // --- the bar ------------------------------------------------------------------------------------------------------------------------------------------
  function choice(label, key, values) {
    const options = [...values].sort((a, b) => b[1] - a[1]).map(([name, count]) => el("option", { value: name }, `${name} (${count.toLocaleString("en")})`));
    const select = el("select", { "aria-label": label, change: () => filter({ [key]: select.value }) }, el("option", { value: "" }, label), options);
    select.firstElementChild.setAttribute("value", "");
    if (values.size < 2) select.hidden = true;
    return select;
  }
  function tally(key) {
    const counts = new Map();
    for (const group of groups) counts.set(group[key], (counts.get(group[key]) || 0) + group.count);
    return counts;
  }
  let timer = 0;
  const search = el("input", {
    type: "search", placeholder: "Search text, URL, id, code …  ( / )", "aria-label": "Search", spellcheck: "false", autocomplete: "off",
    input: () => { clearTimeout(timer); timer = setTimeout(() => filter({ q: search.value.trim() }), 90); },
  });
  const backendChoice = choice("All backends", "backend", tally("backend"));
  const typeChoice = choice("All types", "type", tally("type"));
  const counter = el("span", { class: "counter", role: "status", "aria-live": "polite" });
  const reset = el("button", { type: "button", hidden: true, click: clear }, "Reset");
  const chips = [...document.querySelectorAll("#legend .chip")].map((item) => {
    const fault = item.dataset.fault || "none";
    const chip = el("button", { type: "button", class: "chip", title: item.title, "data-fault": fault, "aria-pressed": "false",
      click: () => filter({ fault: state.fault === fault ? "" : fault }) }, ...item.childNodes);
    item.className = "";
    item.append(chip);
    return chip;
  });
  const bar = document.getElementById("bar");
  bar.append(search, backendChoice, typeChoice, counter, reset);
  bar.hidden = groups.length === 0;

  document.addEventListener("keydown", (event) => {
    const typing = /^(?:INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && event.target === search) {
      clear();
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-open]");
    if (!link) return;
    event.preventDefault();
    openGroup(link.dataset.open);
  });
  window.addEventListener("hashchange", readState);

  // On paper nothing unfolds: what is on the page is unfolded before, and folded again after.
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded = [...main.querySelectorAll(".group:not([open])")].slice(0, 40);
    const groupsByStart = new Map(shown.map((each) => [`g${each.group.start}`, each]));
    for (const element of unfolded) {
      const { group, rows } = groupsByStart.get(element.id);
      if (element.children.length === 1) element.append(groupBody(group, rows ? rows.slice(0, 20) : Array.from({ length: Math.min(20, group.count) }, (_, n) => group.start + n)));
      element.open = true;
    }
  });
  window.addEventListener("afterprint", () => unfolded.forEach((element) => { element.lastElementChild.remove(); element.open = false; }));

  readState();
  if (state.open) {
    const target = main.querySelector(".group[open]");
    if (target) target.scrollIntoView({ block: "start" });
  }
})();
