#include "service/telegram/html.hpp"

#include <algorithm>

#include <gumbo.h>

#include "base/html.hpp"
#include "base/text.hpp"

namespace tg::telegram::html {
namespace {

constexpr std::size_t kPageLimit = 4 << 20;
constexpr std::ptrdiff_t kTagLimit = 40'000;
constexpr std::size_t kDepthLimit = 200;

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

const GumboVector* children_of(const GumboNode* node) {
  if (node->type == GUMBO_NODE_DOCUMENT) return &node->v.document.children;
  if (node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE)
    return &node->v.element.children;
  return nullptr;
}

// Depth-first; `visit` says how to go on. False if it stopped.
enum class Walk { below, over, stop };
bool walk(const GumboNode* node, const std::function<Walk(const GumboNode*)>& visit,
          std::size_t depth = 0) {
  const GumboVector* children = depth < kDepthLimit ? children_of(node) : nullptr;
  for (unsigned i = 0; children != nullptr && i < children->length; ++i) {
    const auto* child = static_cast<const GumboNode*>(children->data[i]);
    const Walk next = visit(child);
    if (next == Walk::stop || (next == Walk::below && !walk(child, visit, depth + 1))) return false;
  }
  return true;
}

bool is_block(std::string_view tag) {
  return tag == "blockquote" || tag == "pre" || tag == "div" || tag == "p";
}

void start_line(std::string& out) {
  while (out.ends_with(' ')) out.pop_back();
  if (!out.empty() && !out.ends_with('\n')) out += '\n';
}

void add_text(std::string& out, std::string_view source, bool is_preformatted) {
  for (const char c : source) {
    if (is_preformatted || !is_blank(c)) {
      out += c;
    } else if (!out.empty() && !is_blank(out.back())) {
      out += ' ';
    }
  }
}

struct Rendering {
  std::string out;
  bool line_is_due = false;  // a block has ended: start a new line if more text follows
};

void render(const GumboNode* node, bool is_preformatted, Rendering& to, std::size_t depth = 0) {
  const GumboVector* children = depth < kDepthLimit ? children_of(node) : nullptr;
  for (unsigned i = 0; children != nullptr && i < children->length; ++i) {
    const auto* child = static_cast<const GumboNode*>(children->data[i]);
    if (child->type == GUMBO_NODE_TEXT || child->type == GUMBO_NODE_CDATA ||
        child->type == GUMBO_NODE_WHITESPACE) {
      if (child->type != GUMBO_NODE_WHITESPACE && std::exchange(to.line_is_due, false))
        start_line(to.out);
      add_text(to.out, child->v.text.text, is_preformatted);
      continue;
    }
    const std::string_view tag = Node(child).tag();
    if (tag == "br") {
      while (to.out.ends_with(' ')) to.out.pop_back();
      to.out += '\n';
      to.line_is_due = false;
      continue;
    }
    if (tag.empty() || tag == "script" || tag == "style") continue;
    if (is_block(tag)) start_line(to.out);
    render(child, is_preformatted || tag == "pre", to, depth + 1);
    if (is_block(tag)) to.line_is_due = true;
  }
}

}  // namespace

std::string_view Node::tag() const {
  if (node_ == nullptr || node_->type != GUMBO_NODE_ELEMENT) return {};
  if (node_->v.element.tag != GUMBO_TAG_UNKNOWN)
    return gumbo_normalized_tagname(node_->v.element.tag);
  GumboStringPiece name = node_->v.element.original_tag;
  gumbo_tag_from_original_text(&name);
  return {name.data == nullptr ? "?" : name.data, name.data == nullptr ? 1 : name.length};
}

std::optional<std::string_view> Node::attribute(std::string_view name) const {
  if (node_ == nullptr || node_->type != GUMBO_NODE_ELEMENT) return std::nullopt;
  const GumboVector& attributes = node_->v.element.attributes;
  for (unsigned i = 0; i < attributes.length; ++i) {
    const auto* attribute = static_cast<const GumboAttribute*>(attributes.data[i]);
    if (name == attribute->name) return std::string_view(attribute->value);
  }
  return std::nullopt;
}

bool Node::has_class(std::string_view name) const {
  std::string_view list = attribute("class").value_or("");
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(" \t\n\r\f"), list.size());
    if (list.substr(0, end) == name) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

void Node::each(std::string_view class_name, const std::function<bool(Node)>& on_node) const {
  if (node_ == nullptr) return;
  walk(node_, [&](const GumboNode* child) {
    const Node node(child);
    if (!node.has_class(class_name)) return Walk::below;
    return on_node(node) ? Walk::over : Walk::stop;
  });
}

Node Node::find(std::string_view class_name) const {
  Node found;
  each(class_name, [&found](Node node) {
    found = node;
    return false;
  });
  return found;
}

void Node::each_tag(std::string_view name, const std::function<bool(Node)>& on_node) const {
  if (node_ == nullptr) return;
  walk(node_, [&](const GumboNode* child) {
    if (Node(child).tag() != name) return Walk::below;
    return on_node(Node(child)) ? Walk::over : Walk::stop;
  });
}

Node Node::find_tag(std::string_view name) const {
  Node found;
  each_tag(name, [&found](Node node) {
    found = node;
    return false;
  });
  return found;
}

bool Node::is_inside(std::string_view class_name, Node up_to) const {
  for (const GumboNode* at = node_ == nullptr ? nullptr : node_->parent;
       at != nullptr && at != up_to.node_; at = at->parent) {
    if (Node(at).has_class(class_name)) return true;
  }
  return false;
}

Node Node::first_child() const {
  const GumboVector* children = node_ == nullptr ? nullptr : children_of(node_);
  for (unsigned i = 0; children != nullptr && i < children->length; ++i) {
    const auto* child = static_cast<const GumboNode*>(children->data[i]);
    if (child->type == GUMBO_NODE_ELEMENT || child->type == GUMBO_NODE_TEXT) return Node(child);
  }
  return {};
}

std::string Node::text() const {
  Rendering rendering;
  if (node_ != nullptr) render(node_, tag() == "pre", rendering);
  return std::move(rendering.out);
}

std::string Node::trimmed_text() const {
  return std::string(text::trim(text()));
}

std::string Node::own_text() const {
  std::string out;
  const GumboVector* children = node_ == nullptr ? nullptr : children_of(node_);
  for (unsigned i = 0; children != nullptr && i < children->length; ++i) {
    const auto* child = static_cast<const GumboNode*>(children->data[i]);
    if (child->type == GUMBO_NODE_TEXT) add_text(out, child->v.text.text, false);
  }
  return out;
}

Result<Page> Page::parse(std::string_view bytes) {
  if (bytes.size() > kPageLimit || std::ranges::count(bytes, '<') > kTagLimit ||
      html_nests_deeper(bytes, kDepthLimit))
    return fail(Code::bad_gateway, "page.unreadable", "the page is too large or too deeply nested");
  Page page;
  page.bytes_ = std::make_unique<std::string>(text::make_valid_utf8(bytes));
  page.memory_ = std::make_unique<std::pmr::monotonic_buffer_resource>();
  GumboOptions options = kGumboDefaultOptions;
  options.userdata = page.memory_.get();
  options.allocator = [](void* memory, std::size_t size) {
    return static_cast<std::pmr::monotonic_buffer_resource*>(memory)->allocate(size);
  };
  options.deallocator = [](void*, void*) {};
  page.output_ = gumbo_parse_with_options(&options, page.bytes_->data(), page.bytes_->size());
  return page;
}

Node Page::root() const {
  return Node(output_->root);
}

}  // namespace tg::telegram::html
