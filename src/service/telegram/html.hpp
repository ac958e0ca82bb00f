// A parsed HTML page: finds elements by class or tag, reads attributes and visible text.
//
//   TG_TRY(const html::Page page, html::Page::parse(bytes));
//   const html::Node title = page.root().find("tgme_channel_info_header_title");
//   if (title) use(title.text());
//
// Nodes are views into their page. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

struct GumboInternalNode;
struct GumboInternalOutput;

namespace tg::telegram::html {

class Node {
 public:
  Node() = default;
  explicit Node(const GumboInternalNode* node) : node_(node) {}
  explicit operator bool() const { return node_ != nullptr; }

  // "div"; empty if the node is not an element.
  std::string_view tag() const;
  bool has_class(std::string_view name) const;
  std::optional<std::string_view> attribute(std::string_view name) const;
  // The first descendant in document order; an empty node if there is none.
  Node find(std::string_view class_name) const;
  Node find_tag(std::string_view tag) const;
  // Descendants with that tag; returning false stops.
  void each_tag(std::string_view tag, const std::function<bool(Node)>& on_node) const;
  // Descendants with that class, but none inside another one; returning false stops.
  void each(std::string_view class_name, const std::function<bool(Node)>& on_node) const;
  bool is_inside(std::string_view class_name, Node up_to) const;
  Node first_child() const;  // an element, or text that is not blank
  // Line breaks as \n, white space collapsed (except within <pre>), quotes and code blocks on lines
  // of their own. Not trimmed.
  std::string text() const;
  std::string trimmed_text() const;
  // Only the element's own text nodes, without those of elements inside it.
  std::string own_text() const;

 private:
  const GumboInternalNode* node_ = nullptr;
};

class Page {
 public:
  // Refuses pages of more than 4 MB or 40,000 tags, or nested more than 200 elements deep.
  static Result<Page> parse(std::string_view bytes);
  Node root() const;

 private:
  Page() = default;

  std::unique_ptr<std::string> bytes_;  // the tree points into it
  // The tree's memory, freed as a whole: gumbo's own destruction recurses.
  std::unique_ptr<std::pmr::monotonic_buffer_resource> memory_;
  const GumboInternalOutput* output_ = nullptr;
};

}  // namespace tg::telegram::html
