"use strict";
// Lists the endpoints of /openapi.json and sends requests. Everything from outside goes into the page
// as text, never as markup.

const byId = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

let api = null;
const resolve = (schema) =>
  schema && schema.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema || {};

// An initial value: required fields and defaults.
function example(schema, depth = 0) {
  schema = resolve(schema);
  if (schema.anyOf) schema = resolve(schema.anyOf[0]);
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "object") {
    const made = {};
    for (const name of depth < 4 ? schema.required || [] : [])
      made[name] = example((schema.properties || {})[name], depth + 1);
    return made;
  }
  if (type === "array") return depth < 4 ? [example(schema.items, depth + 1)] : [];
  if (type === "integer" || type === "number") return schema.minimum ?? 0;
  if (type === "boolean") return false;
  if (schema.format === "uuid") return crypto.randomUUID();
  if (schema.format === "date-time") return new Date().toISOString();
  return "";
}

function hint(schema) {
  schema = resolve(schema);
  const parts = [];
  if (schema.minimum !== undefined || schema.maximum !== undefined)
    parts.push(`${schema.minimum ?? ""} to ${schema.maximum ?? ""}`);
  if (schema.minLength || schema.maxLength)
    parts.push(`${schema.minLength ?? 0} to ${schema.maxLength ?? "any number of"} characters`);
  if (schema.default !== undefined) parts.push(`default ${schema.default}`);
  return parts.join(", ");
}

function parameterField(parameter) {
  const schema = resolve(parameter.schema);
  const words = schema.enum && schema.enum.filter((word) => word !== null);
  let input;
  if (words) {
    input = element("select", { name: parameter.name }, element("option", { value: "" }, "-"),
      ...words.map((word) => element("option", { value: word }, word)));
  } else {
    input = element("input", { name: parameter.name, placeholder: parameter.description || hint(schema) });
  }
  input.required = parameter.required;
  const label = element("label", { class: parameter.required ? "need" : "" }, parameter.name);
  return { parameter, input, node: element("div", {}, label, input) };
}

async function show(response, out) {
  const type = response.headers.get("Content-Type") || "";
  const head = `${response.status} ${response.statusText}\n` +
    ["X-Request-Id", "X-Total-Count", "X-Warnings", "Retry-After"]
      .filter((name) => response.headers.has(name))
      .map((name) => `${name}: ${response.headers.get(name)}\n`).join("");
  out.className = response.ok ? "" : "bad";
  out.textContent = head + "\n";
  if (type.startsWith("text/event-stream")) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read())
      out.textContent += piece.value;
  } else if (response.headers.has("Content-Disposition")) {
    const link = element("a", { href: URL.createObjectURL(await response.blob()), download: "" }, "save the file");
    out.append(link);
  } else {
    const text = await response.text();
    try {
      out.textContent += JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      out.textContent += text;
    }
  }
}

function requestOf(verb, path, fields, body, file) {
  const query = new URLSearchParams();
  for (const { parameter, input } of fields) {
    if (parameter.in === "path")
      path = path.replace(`{${parameter.name}}`, input.value.split("/").map(encodeURIComponent).join("/"));
    else if (input.value !== "") query.append(parameter.name, input.value);
  }
  const options = { method: verb.toUpperCase(), headers: {} };
  const token = byId("token").value.trim();
  if (token) options.headers.Authorization = `Bearer ${token}`;
  if (file && file.files.length > 0) {
    options.body = new FormData();
    const entries = body && body.value.trim() ? Object.entries(JSON.parse(body.value)) : [];
    for (const [name, value] of entries)
      if (value !== "") options.body.append(name, typeof value === "string" ? value : JSON.stringify(value));
    options.body.append(file.name, file.files[0]);
  } else if (body && body.value.trim()) {
    options.headers["Content-Type"] = "application/json";
    options.body = body.value;
  }
  return [path + (query.size ? `?${query}` : ""), options];
}

function formOf(verb, path, operation) {
  const fields = (operation.parameters || []).map(parameterField);
  const content = operation.requestBody ? operation.requestBody.content : {};
  const form = element("form", {}, ...fields.map((field) => field.node));
  let file = null;
  if (content["multipart/form-data"]) {
    const properties = content["multipart/form-data"].schema.properties;
    const name = Object.keys(properties).find((key) => properties[key].contentMediaType);
    file = element("input", { type: "file", name });
    form.append(element("div", {}, element("label", {}, name), file));
  }
  let body = null;
  if (content["application/json"]) {
    const text = JSON.stringify(example(content["application/json"].schema), null, 2);
    body = element("textarea", { rows: Math.min(16, text.split("\n").length + 1), spellcheck: "false" });
    body.value = text;
    form.append(element("div", {}, element("label", {}, "JSON body"), body));
  }
  const out = element("pre", { hidden: true });
  const send = element("button", {}, "Send");
  form.append(send, out);
  let running = null;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (running) { running.abort(); return; }
    running = new AbortController();
    send.textContent = "Stop";
    out.hidden = false;
    out.textContent = "...";
    try {
      const [url, options] = requestOf(verb, path, fields, body, file);
      await show(await fetch(url, { ...options, signal: running.signal }), out);
    } catch (error) {
      out.className = "bad";
      out.textContent += `\n${error.message}`;
    } finally {
      running = null;
      send.textContent = "Send";
    }
  });
  return form;
}

function operationNode(verb, path, operation) {
  const node = element("details", { id: operation.operationId },
    element("summary", {},
      element("span", { class: "verb" }, verb.toUpperCase()),
      element("code", {}, path),
      element("span", {}, operation.summary || ""),
      element("span", { class: "scope" }, operation["x-scope"])));
  // Forms are created when they are first opened.
  node.addEventListener("toggle", () => {
    if (node.open && node.children.length === 1) {
      const errors = Object.keys(operation.responses).filter((status) => status >= 400).join(", ");
      node.append(element("p", { class: "note" }, `May answer ${errors}.`), formOf(verb, path, operation));
    }
  });
  node.dataset.text = `${path} ${operation.summary} ${operation.tags}`.toLowerCase();
  return node;
}

function list() {
  const groups = new Map();
  for (const [path, verbs] of Object.entries(api.paths)) {
    for (const [verb, operation] of Object.entries(verbs)) {
      const tag = operation.tags[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationNode(verb, path, operation));
    }
  }
  const nodes = [...groups].map(([tag, operations]) =>
    element("section", {}, element("h2", {}, tag), ...operations));
  byId("operations").replaceChildren(...nodes);
  byId("version").textContent = api.info.version;
  if (location.hash) {
    const wanted = byId(location.hash.slice(1));
    if (wanted) { wanted.open = true; wanted.scrollIntoView(); }
  }
}

function filter() {
  const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const node of document.querySelectorAll("details"))
    node.hidden = !words.every((word) => node.dataset.text.includes(word));
  for (const section of document.querySelectorAll("section"))
    section.hidden = !section.querySelector("details:not([hidden])");
}

byId("token").value = sessionStorage.getItem("token") || "";
byId("token").addEventListener("change", () => sessionStorage.setItem("token", byId("token").value.trim()));
byId("find").addEventListener("input", filter);
fetch("/openapi.json")
  .then((response) => response.json())
  .then((document_) => { api = document_; list(); })
  .catch((error) => { byId("operations").textContent = `The API description cannot be loaded: ${error.message}`; });
