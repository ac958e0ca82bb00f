// A parsed HTML page to look into: elements by class, attributes, and text as a reader sees it.
//
//   TG_TRY(const html::Page page, html::Page::parse(bytes));
//   const html::Node title = page.root().find("tgme_channel_info_header_title");
//   if (title) use(title.text());
//
// Nodes are views into their page. One thread a page.
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

  // "div"; empty for what is no element.
  std::string_view tag() const;
  bool has_class(std::string_view name) const;
  std::optional<std::string_view> attribute(std::string_view name) const;
  // The first element below, in page order; an empty node if there is none.
  Node find(std::string_view class_name) const;
  Node find_tag(std::string_view tag) const;
  // Elements below with that tag; false stops.
  void each_tag(std::string_view tag, const std::function<bool(Node)>& on_node) const;
  // Elements below with that class; false stops. What lies inside of a found one is not searched.
  void each(std::string_view class_name, const std::function<bool(Node)>& on_node) const;
  bool is_inside(std::string_view class_name, Node up_to) const;
  Node first_child() const;  // elements and texts that are not blank
  // Line breaks as \n, white space of the source as one space (as it is within <pre>), quotes and
  // code blocks on lines of their own. Not trimmed.
  std::string text() const;
  std::string trimmed_text() const;

 private:
  const GumboInternalNode* node_ = nullptr;
};

class Page {
 public:
  // Refuses what is no page for people: more than 4 MB, 40,000 tags, or 200 elements deep.
  static Result<Page> parse(std::string_view bytes);
  Node root() const;

 private:
  Page() = default;

  std::unique_ptr<std::string> bytes_;  // the tree points into it
  // The tree's memory: it goes at once, where the parser's own way out recurses.
  std::unique_ptr<std::pmr::monotonic_buffer_resource> memory_;
  const GumboInternalOutput* output_ = nullptr;
};

}  // namespace tg::telegram::html
