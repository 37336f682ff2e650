"use strict";
// Makes the written page searchable. It moves the elements that are there and builds none of them again.
(() => {
  const GROUPS_AT_ONCE = 60, ROWS_AT_ONCE = 100, PRINTED_GROUPS = 40, PRINTED_ROWS = 20;
  const state = { q: "", backend: "", type: "", endpoint: "", fault: "", open: "" };
  const main = document.getElementById("groups");
  const texts = new WeakMap();
  let shown = [];

  // Elements inside <template> are parsed, but cost nothing more until they are moved into the page.
  const taken = (parent, selector) => [...parent.children].flatMap((child) => child.tagName === "TEMPLATE" ? taken(child.content, selector) : child.matches(selector) ? [child] : []);
  const groups = taken(main, ".group").map((element) => ({ ...element.dataset, count: Number(element.dataset.count), element, list: element.querySelector(".list"), rows: null }));
  const total = groups.reduce((sum, group) => sum + group.count, 0);

  function rowsOf(group) {
    if (!group.rows) group.rows = taken(group.list, ".occ");
    return group.rows;
  }
  function textOf(element) {
    if (!texts.has(element)) texts.set(element, `${element.matches(".plain") ? element.textContent : element.firstElementChild.textContent} ${element.dataset.find || ""}`.toLowerCase());
    return texts.get(element);
  }
  function el(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(key, value);
      else if (value === true) element.setAttribute(key, "");
      else element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  }
  const figure = (count) => count.toLocaleString("en");
  const counted = (count, noun) => `${figure(count)} ${noun}${count === 1 ? "" : "s"}`;

  // --- groups and their rows ------------------------------------------------------------------------------------------------------------------------------
  function fill(group, rows, from, most) {
    const until = Math.min(rows.length, from + most);
    group.list.append(...rows.slice(from, until));
    if (until === rows.length) return;
    const more = el("button", { class: "more", type: "button", click: () => { more.remove(); fill(group, rows, until, ROWS_AT_ONCE); } },
      `Show ${figure(Math.min(ROWS_AT_ONCE, rows.length - until))} more, ${figure(rows.length - until)} left`);
    group.list.append(more);
  }
  function put({ group, rows }, most = ROWS_AT_ONCE) {
    const all = rowsOf(group), count = rows ? rows.length : group.count;
    group.list.replaceChildren();
    if (group.element.open) fill(group, rows || all, 0, most);
    const of = rows && count < group.count;
    group.element.querySelector(".count b").replaceChildren(figure(count), ...of ? [el("small", {}, `of ${figure(group.count)}`)] : []);
    group.list.previousElementSibling.textContent = counted(count, "occurrence") + (of ? ` of ${figure(group.count)}` : "");
  }
  document.addEventListener("toggle", ({ target }) => {
    if (target.matches(".occ") && target.open && !target.querySelector(".buttons")) addButtons(target);
    const each = target.matches(".group") && shown.find(({ group }) => group.element === target);
    if (!each) return;
    put(each);
    if (target.open) setState({ open: each.group.id });
    else if (state.open === each.group.id) setState({ open: "" });
  }, true);

  // --- copying --------------------------------------------------------------------------------------------------------------------------------------------
  function addButtons(row) {
    const buttons = [...row.querySelectorAll(".raw")].reverse().map((raw) => copyButton(`Copy ${raw.dataset.copy}`, raw.querySelector("pre").textContent));
    row.querySelector(".body").prepend(el("p", { class: "buttons" }, ...buttons));
  }
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
      // A page opened from a file may not use the clipboard in every browser; this older way works there.
      const area = el("textarea", { class: "away", "aria-hidden": "true" });
      area.value = content;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  // --- search and filters ---------------------------------------------------------------------------------------------------------------------------------
  function matching(group, terms) {
    if ((state.backend && group.backend !== state.backend) || (state.type && group.type !== state.type) || (state.endpoint && group.endpoint !== state.endpoint)) return null;
    if (state.fault && (group.fault || "none") !== state.fault) return null;
    const left = terms.filter((term) => !textOf(group.element).includes(term));
    if (!left.length) return { group, rows: null };
    const rows = rowsOf(group).filter((row) => left.every((term) => textOf(row).includes(term)));
    return rows.length ? { group, rows } : null;
  }
  function render() {
    const terms = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    shown = groups.map((group) => matching(group, terms)).filter(Boolean);
    main.replaceChildren(...main.querySelectorAll(":scope > h2"));
    addGroups(0);
    const errors = shown.reduce((sum, { group, rows }) => sum + (rows ? rows.length : group.count), 0);
    const filtered = state.q || state.backend || state.type || state.endpoint || state.fault;
    counter.textContent = filtered ? `${figure(errors)} of ${counted(total, "error")}, ${figure(shown.length)} of ${counted(groups.length, "kind")}` : "";
    reset.hidden = !filtered;
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.fault === state.fault));
    if (!shown.length && total) main.append(el("p", { class: "nothing" }, "Nothing fits. ", el("button", { type: "button", click: clear }, "Show everything")));
  }
  function addGroups(from) {
    const until = Math.min(shown.length, from + GROUPS_AT_ONCE);
    for (const each of shown.slice(from, until)) {
      each.group.element.open = each.group.id === state.open;
      put(each);
      main.append(each.group.element);
    }
    if (until === shown.length) return;
    const more = el("button", { class: "more", type: "button", click: () => next() }, `Show more kinds, ${figure(shown.length - until)} left`);
    const watcher = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) next(); }, { rootMargin: "600px" });
    const next = () => { watcher.disconnect(); more.remove(); addGroups(until); };
    main.append(more);
    watcher.observe(more);
  }

  // --- the address keeps the state ------------------------------------------------------------------------------------------------------------------------
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
    filter({ q: "", backend: "", type: "", endpoint: "", fault: "" });
  }
  function openGroup(id) {
    if (!shown.some(({ group }) => group.id === id)) clear();
    const index = shown.findIndex(({ group }) => group.id === id), { element } = shown[index].group;
    while (main.querySelectorAll(".group").length <= index) main.querySelector(":scope > .more").click();
    element.open = true;
    element.scrollIntoView({ block: "start" });
    element.firstElementChild.focus({ preventScroll: true });
  }

  // --- the bar --------------------------------------------------------------------------------------------------------------------------------------------
  function choice(label, key) {
    const counts = new Map();
    for (const group of groups) counts.set(group[key], (counts.get(group[key]) || 0) + group.count);
    const options = [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => el("option", { value: name }, `${name} (${figure(count)})`));
    const select = el("select", { "aria-label": label, change: () => filter({ [key]: select.value }) }, el("option", { value: "" }, label), ...options);
    if (counts.size < 2) select.hidden = true;
    return select;
  }
  let timer = 0;
  const search = el("input", {
    type: "search", placeholder: "Search text, URL, id, code …  ( / )", "aria-label": "Search", spellcheck: "false", autocomplete: "off",
    input: () => { clearTimeout(timer); timer = setTimeout(() => filter({ q: search.value.trim() }), 90); },
  });
  const backendChoice = choice("All backends", "backend");
  const typeChoice = choice("All types", "type");
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
    const link = event.target.closest("a[data-open], a[data-filter]");
    if (!link) return;
    event.preventDefault();
    if (link.dataset.open) openGroup(link.dataset.open);
    else {
      filter({ [link.dataset.filter]: link.dataset.value });
      typeChoice.value = state.type;
      bar.scrollIntoView({ block: "start" });
    }
  });
  window.addEventListener("hashchange", readState);

  // On paper nothing unfolds: some groups are unfolded before printing, and folded again after.
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded = shown.filter(({ group }) => group.element.isConnected && !group.element.open).slice(0, PRINTED_GROUPS);
    for (const each of unfolded) {
      each.group.element.open = true;
      put(each, PRINTED_ROWS);
    }
  });
  window.addEventListener("afterprint", () => unfolded.forEach(({ group }) => { group.element.open = false; }));

  readState();
  main.querySelector(".group[open]")?.scrollIntoView({ block: "start" });
})();
